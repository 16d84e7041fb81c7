# From the design to the files that are loaded; refuses a design that is not fast enough.

set kRunMinutes 240

proc make_bitstream {out jobs} {
  global kit
  run_to_end synth_1 "" $jobs
  run_to_end impl_1 write_bitstream $jobs
  open_run impl_1
  report_timing_summary -file [file join $out timing.txt]
  report_utilization -hierarchical -file [file join $out utilization.txt]
  foreach kind {setup hold} {
    set worst [get_property SLACK [get_timing_paths -$kind -max_paths 1]]
    if {![string is double -strict $worst]} { fail "no $kind path is timed; see [file join $out timing.txt]" }
    if {$worst < 0} {
      fail "too slow: worst $kind slack is $worst ns at $kit(clock_mhz) MHz; lower clock_mhz of $kit(engine) and start again"
    }
    say "worst $kind slack $worst ns"
  }
  set bit [file join [get_property DIRECTORY [get_runs impl_1]] system_wrapper.bit]
  file copy -force $bit [file join $out fragua.bit]
  python $kit(here) [list bit_to_bin.py --part $kit(part) [file join $out fragua.bit] [file join $out fragua.bit.bin]]
  # For a first-stage boot loader: clocks, DDR and port widths are set by it, not by the bitstream.
  if {[llength [info commands write_hw_platform]] > 0} {
    write_hw_platform -fixed -include_bit -force [file join $out fragua.xsa]
  } else {
    write_hwdef -force [file join $out fragua.hdf]
  }
}

proc run_to_end {run step jobs} {
  global kRunMinutes
  say "running $run"
  if {$step eq ""} { launch_runs $run -jobs $jobs } else { launch_runs $run -to_step $step -jobs $jobs }
  wait_on_run -timeout $kRunMinutes $run
  set progress [get_property PROGRESS [get_runs $run]]
  if {$progress ne "100%"} {
    set log [file join [get_property DIRECTORY [get_runs $run]] runme.log]
    fail "$run ended at $progress ([get_property STATUS [get_runs $run]]); see $log"
  }
}
