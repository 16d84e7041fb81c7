# The block design: processor -> M_AXI_GP0 -> registers; engine -> S_AXI_HP0, 64 bits -> DDR; one clock, one interrupt.

proc make_design {folder ip} {
  global kit
  say "making the block design"
  create_project -force -part $kit(part) fragua $folder
  set_property board_part $kit(board_part) [current_project]
  set_property ip_repo_paths $ip/fr_zybo [current_project]
  update_ip_catalog
  create_bd_design system
  make_processor
  make_engine
  connect_engine
  place_registers
  validate_bd_design
  save_bd_design
  set design [get_files system.bd]
  generate_target all $design
  add_files -norecurse [make_wrapper -files $design -top]
  set_property top system_wrapper [current_fileset]
  update_compile_order -fileset sources_1
}

proc make_processor {} {
  global kit
  set ps7 [create_bd_cell -type ip -vlnv xilinx.com:ip:processing_system7:5.5 ps7]
  apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 \
    -config {make_external "FIXED_IO, DDR" apply_board_preset "1" Master "Disable" Slave "Disable"} $ps7
  # After the preset, which switches ports and clocks of its own on.
  set_property -dict [list \
    CONFIG.PCW_USE_M_AXI_GP0 1 CONFIG.PCW_USE_S_AXI_HP0 1 CONFIG.PCW_S_AXI_HP0_DATA_WIDTH 64 \
    CONFIG.PCW_EN_CLK0_PORT 1 CONFIG.PCW_EN_RST0_PORT 1 CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ $kit(clock_mhz) \
    CONFIG.PCW_USE_FABRIC_INTERRUPT 1 CONFIG.PCW_IRQ_F2P_INTR 1] $ps7
  expect $ps7 CONFIG.PCW_S_AXI_HP0_DATA_WIDTH 64
  set clock [get_property CONFIG.PCW_ACT_FPGA0_PERIPHERAL_FREQMHZ $ps7]
  if {abs($clock - $kit(clock_mhz)) > 0.01 * $kit(clock_mhz)} {
    fail "FCLK0 would run at $clock MHz, the engine's configuration says $kit(clock_mhz); choose another clock_mhz"
  }
}

proc make_engine {} {
  global kit
  set engine [create_bd_cell -type ip -vlnv fragua:engine:fr_zybo:1.0 engine]
  set settings {}
  foreach {name value} $kit(parameters) { lappend settings CONFIG.$name $value }
  set_property -dict $settings $engine
  foreach {name value} $settings { expect $engine $name $value }
}

proc connect_engine {} {
  global kit
  foreach path {control memory} {
    set cell [create_bd_cell -type ip -vlnv xilinx.com:ip:axi_interconnect:2.1 $path]
    set_property -dict {CONFIG.NUM_SI 1 CONFIG.NUM_MI 1} $cell
  }
  create_bd_cell -type ip -vlnv xilinx.com:ip:proc_sys_reset:5.0 reset
  foreach {from to} {ps7/M_AXI_GP0 control/S00_AXI control/M00_AXI engine/s_axi
                     engine/m_axi memory/S00_AXI memory/M00_AXI ps7/S_AXI_HP0} {
    connect_bd_intf_net [get_bd_intf_pins $from] [get_bd_intf_pins $to]
  }
  join_pins ps7/FCLK_CLK0 {ps7/M_AXI_GP0_ACLK ps7/S_AXI_HP0_ACLK engine/aclk reset/slowest_sync_clk control/ACLK
                           control/S00_ACLK control/M00_ACLK memory/ACLK memory/S00_ACLK memory/M00_ACLK}
  join_pins ps7/FCLK_RESET0_N {reset/ext_reset_in}
  join_pins reset/interconnect_aresetn {control/ARESETN memory/ARESETN}
  join_pins reset/peripheral_aresetn {engine/aresetn control/S00_ARESETN control/M00_ARESETN memory/S00_ARESETN
                                      memory/M00_ARESETN}
  # The only source: it is line 0 of the port.
  if {$kit(irq_line) != 0} { fail "interrupt line $kit(irq_line); this design has one source, which is line 0" }
  join_pins engine/irq {ps7/IRQ_F2P}
}

proc join_pins {from targets} {
  foreach to $targets { connect_bd_net [get_bd_pins $from] [get_bd_pins $to] }
}

# Where the processor sees the registers and the engine sees the memory.
proc place_registers {} {
  global kit
  assign_bd_address
  set segment [get_bd_addr_segs -of_objects [get_bd_addr_spaces ps7/Data]]
  if {[llength $segment] != 1} { fail "the processor sees [llength $segment] blocks, expected the engine's alone" }
  set_property range $kit(bytes) $segment
  set_property offset $kit(base) $segment
  # Numbers come back as text of Vivado's choice.
  foreach {property wanted} [list OFFSET $kit(base) RANGE $kit(bytes)] {
    set found [get_property $property $segment]
    if {[scan_number $found] != [scan_number $wanted]} { fail "registers: $property is $found, expected $wanted" }
  }
  set memory [get_bd_addr_segs -of_objects [get_bd_addr_spaces engine/m_axi]]
  if {[llength $memory] != 1} { fail "the engine sees [llength $memory] memories, expected HP0's alone" }
  if {[scan_number [get_property OFFSET $memory]] != 0} { fail "the engine sees memory from [get_property OFFSET $memory]" }
  set range [scan_number [get_property RANGE $memory]]
  if {$range != $kit(ddr_mib) * 1024 * 1024} {
    fail "the engine sees $range bytes of memory, the board has $kit(ddr_mib) MiB; is the board file the board's?"
  }
}

# 4K, 512M, 1G, 0x1000 or 4096.
proc scan_number {text} {
  if {[regexp {^(\d+)([KMG])$} $text all digits unit]} {
    return [expr {$digits * [dict get {K 1024 M 1048576 G 1073741824} $unit]}]
  }
  return [expr {$text}]
}
