# What is built: the kit's and the engine's numbers, which come from Python, and what this Vivado offers.

proc say {text} { puts "fragua: $text" }

proc fail {text} { return -code error -errorcode FRAGUA $text }

# Vivado's own libraries must not reach the system's Python.
proc python {here arguments} {
  set tools [file normalize [file join $here .. .. tools]]
  set command [list env -u LD_LIBRARY_PATH -u PYTHONHOME -u PYTHONPATH python3]
  lappend command [file join $tools [lindex $arguments 0]] {*}[lrange $arguments 1 end]
  if {[catch {exec {*}$command} output]} { fail $output }
  return $output
}

# Fills the global array `kit`; its keys stand in tools/board_kit.py.
proc read_kit {here board engine} {
  global kit
  set arguments [list board_kit.py $board]
  if {$engine ne ""} { lappend arguments --engine $engine }
  array unset kit
  eval [python $here $arguments]
  set kit(here) $here
  say "board $kit(board), engine $kit(engine) at $kit(clock_mhz) MHz, registers at $kit(base)"
}

proc check_version {} {
  set found [version -short]
  if {![regexp {^(\d+)\.(\d+)} $found all year minor] || $year < 2019} {
    fail "Vivado $found; expected 2019.1 or later"
  }
}

# The board file has the DDR timing and the pins of the processor: without it nothing boots.
proc find_board_file {} {
  global kit
  set found [lsort -dictionary [get_board_parts -quiet $kit(board_file):*]]
  if {[llength $found] == 0} {
    fail "no board file $kit(board_file); install Digilent's (docs/ZYBO.md, step 2) and start again"
  }
  set kit(board_part) [lindex $found end]
}

# Reads back what was set: some properties are silently changed to the nearest that is possible.
proc expect {object property wanted} {
  set found [get_property $property $object]
  if {$found ne $wanted} { fail "$object: $property is '$found', expected '$wanted'" }
}
