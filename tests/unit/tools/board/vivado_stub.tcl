# Stands in for Vivado: every command that rtl/zybo uses, recording what it was called with as one Tcl list per line in the
# file of FRAGUA_STUB_LOG. A command that is not here stops the script, as it would stop Vivado. Objects are their names;
# properties are kept; what Vivado would compute is in `given`, which FRAGUA_STUB_GIVEN (name value ...) overrides.

set stub_log [open $::env(FRAGUA_STUB_LOG) w]
array set given {
  version 2019.1 boards 1 clock 100.000000 progress 100% slack 0.512 segment_range 512M interfaces 1
}
if {[info exists ::env(FRAGUA_STUB_GIVEN)]} { array set given $::env(FRAGUA_STUB_GIVEN) }
array set properties {}

proc record {arguments} { puts $::stub_log $arguments; flush $::stub_log }

# Commands that do something and return nothing of interest.
foreach name {
  create_project add_files update_compile_order update_ip_catalog create_bd_design validate_bd_design save_bd_design
  generate_target close_project connect_bd_net connect_bd_intf_net apply_bd_automation assign_bd_address
  launch_runs wait_on_run open_run report_timing_summary report_utilization write_hwdef
  ipx::package_project ipx::associate_bus_interfaces ipx::add_bus_parameter ipx::create_xgui_files
  ipx::update_checksums ipx::check_integrity ipx::save_core
} {
  if {[string match *::* $name]} { namespace eval [namespace qualifiers $name] {} }
  proc $name args [format {record [linsert $args 0 {%s}]; return {}} $name]
}

# Queries that answer with the names they were asked for.
foreach name {get_bd_pins get_bd_intf_pins get_bd_addr_spaces get_files get_runs} {
  proc $name args { return [lindex $args end] }
}
proc version args { return $::given(version) }
proc current_project {} { return project }
proc current_fileset {} { return sources_1 }
proc get_board_parts args {
  if {!$::given(boards)} { return {} }
  return [list [string map {* 1.0} [lindex $args end]] [string map {* 1.1} [lindex $args end]]]
}
proc make_wrapper args { record [linsert $args 0 make_wrapper]; return /stub/system_wrapper.v }
proc create_bd_cell args { record [linsert $args 0 create_bd_cell]; return [lindex $args end] }
proc get_bd_addr_segs args {
  if {[lindex $args 0] ne "-of_objects"} { error "get_bd_addr_segs: stub knows -of_objects only" }
  return segment:[lindex $args 1]
}
proc get_timing_paths args { return path }

namespace eval ipx {
  proc current_core {} { return core }
  proc get_bus_interfaces {name args} { return [expr {$::given(interfaces) ? $name : ""}] }
  proc get_bus_parameters args { return [expr {[lindex $args 0] eq "-quiet" ? "" : [lindex $args 0]}] }
  proc get_memory_maps args { return {} }
  proc add_memory_map {name core} { record [list ipx::add_memory_map $name $core]; return map:$name }
  proc get_address_blocks args { return {} }
  proc add_address_block {name map} { record [list ipx::add_address_block $name $map]; return block:$name }
}

proc set_property args {
  record [linsert $args 0 set_property]
  set object [lindex $args end]
  set pairs [lrange $args 0 end-1]
  if {[lindex $pairs 0] eq "-dict"} { set pairs [lindex $pairs 1] }
  if {[llength $pairs] % 2 != 0} { error "set_property: '$pairs' is not names and values" }
  foreach {name value} $pairs { set ::properties($object,[string toupper $name]) $value }
}

proc get_property {name object} {
  set name [string toupper $name]
  switch -glob $object,$name {
    path,SLACK { return $::given(slack) }
    *,PROGRESS { return $::given(progress) }
    *,STATUS { return stub }
    *,DIRECTORY { return $::env(FRAGUA_STUB_RUNS) }
    ps7,CONFIG.PCW_ACT_FPGA0_PERIPHERAL_FREQMHZ { return $::given(clock) }
    segment:engine/m_axi,OFFSET { return 0x00000000 }
    segment:engine/m_axi,RANGE { return $::given(segment_range) }
  }
  if {![info exists ::properties($object,$name)]} { error "get_property: '$object' has no '$name'" }
  return $::properties($object,$name)
}

set argv [lrange $argv 1 end]
