# Packages rtl/zybo/fr_zybo.v and the engine below it as the IP fragua:engine:fr_zybo:1.0.

proc package_engine {folder} {
  global kit
  say "packaging the engine"
  create_project -force -part $kit(part) package $folder/work
  add_files -norecurse $kit(sources)
  foreach file $kit(sources) {
    if {[file extension $file] eq ".svh"} {
      set_property file_type {Verilog Header} [get_files $file]
    }
  }
  set_property top fr_zybo [current_fileset]
  update_compile_order -fileset sources_1
  ipx::package_project -root_dir $folder/fr_zybo -vendor fragua -library engine -taxonomy /UserIP -import_files -force
  set core [ipx::current_core]
  set_property name fr_zybo $core
  set_property version 1.0 $core
  set_property display_name {Fragua convolution engine} $core
  # Found by the pins' names; a missing one means that pins were renamed.
  foreach interface {s_axi m_axi aclk aresetn irq} {
    if {[llength [ipx::get_bus_interfaces $interface -of_objects $core]] != 1} {
      fail "packaging found no interface '$interface' in fr_zybo.v"
    }
  }
  foreach bus {s_axi m_axi} { ipx::associate_bus_interfaces -busif $bus -clock aclk $core }
  # Bursts are whole 64-bit beats, at most 16 of them: what the AXI3 ports of the Zynq carry unsplit.
  set master [ipx::get_bus_interfaces m_axi -of_objects $core]
  foreach {name value} {SUPPORTS_NARROW_BURST 0 MAX_BURST_LENGTH 16} {
    if {[llength [ipx::get_bus_parameters -quiet $name -of_objects $master]] == 0} {
      ipx::add_bus_parameter $name $master
    }
    set_property value $value [ipx::get_bus_parameters $name -of_objects $master]
  }
  make_register_block $core
  ipx::create_xgui_files $core
  ipx::update_checksums $core
  ipx::check_integrity $core
  ipx::save_core $core
  close_project
}

# One block of registers behind s_axi, called reg0.
proc make_register_block {core} {
  global kit
  set map [ipx::get_memory_maps -quiet s_axi -of_objects $core]
  if {[llength $map] == 0} {
    set map [ipx::add_memory_map s_axi $core]
    set_property slave_memory_map_ref s_axi [ipx::get_bus_interfaces s_axi -of_objects $core]
  }
  set block [ipx::get_address_blocks -quiet reg0 -of_objects $map]
  if {[llength $block] == 0} { set block [ipx::add_address_block reg0 $map] }
  set_property range [expr {$kit(bytes)}] $block
}
