# Builds the bitstream of a board from nothing: packages the engine, makes the block design, synthesises, places and
# routes, checks the timing, writes OUT/fragua.bit, OUT/fragua.bit.bin (for fpga_manager) and the hardware description.
#
#   vivado -mode batch -source rtl/zybo/build.tcl -tclargs BOARD OUT [ENGINE [JOBS]]
#
# BOARD: of rtl/zybo/kit.yaml. OUT: a folder that does not exist yet. Vivado 2019.1 or later on Linux.

set here [file dirname [file normalize [info script]]]
foreach part {settings package design bitstream} { source [file join $here $part.tcl] }

proc main {arguments} {
  global here kit
  if {[llength $arguments] < 2 || [llength $arguments] > 4} {
    fail "usage: build.tcl -tclargs BOARD OUT \[ENGINE \[JOBS\]\]; found [llength $arguments] arguments"
  }
  lassign $arguments board out engine jobs
  if {$jobs eq ""} { set jobs 2 }
  if {![string is integer -strict $jobs] || $jobs < 1} { fail "JOBS is '$jobs'; expected a number from 1" }
  set out [file normalize $out]
  if {[file exists $out]} { fail "$out exists already; name a new folder, or remove it" }
  check_version
  read_kit $here $board $engine
  find_board_file
  file mkdir $out
  package_engine [file join $out ip]
  make_design [file join $out project] [file join $out ip]
  make_bitstream $out $jobs
  say "done: [file join $out fragua.bit.bin]"
}

if {[catch {main $argv} message options]} {
  puts stderr "error: $message"
  # A mistake in these scripts shows where it is; a refusal speaks for itself.
  if {[dict get $options -errorcode] ne "FRAGUA"} { puts stderr [dict get $options -errorinfo] }
  exit 2
}
exit 0
