// The `fragua` command: reads the command line and turns every way to fail into its exit code.

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "commands.h"
#include "fragua/model/error.h"
#include "interrupt.h"

namespace fragua::app {
namespace {

constexpr int kUsageExit = 2;
constexpr int kFailedExit = 1;
constexpr int kInterruptedExit = 130;

void AddModelOptions(CLI::App& command, ModelOptions& options, bool positional) {
  const char* help =
      ".tflite or .onnx file, or a built-in network (squeezenet-1.0, squeezenet-1.1, "
      "squeezenet-1.0-bypass)";
  if (positional) {
    command.add_option("model", options.model, help)->required();
  } else {
    command.add_option("--model", options.model, help)->capture_default_str();
  }
  command
      .add_option("--size", options.size,
                  "built-in networks: input height and width (default: the network's own)")
      ->check(CLI::Range(16, 1024));
  command.add_option("--classes", options.classes, "built-in networks: number of classes")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "built-in networks: seed of the synthetic weights")
      ->capture_default_str();
  command
      .add_option("--preprocess", options.preprocess,
                  "float models: torchvision, caffe-bgr, none, or ORDER:MEANS:SCALES such as "
                  "rgb:127.5,127.5,127.5:0.0078,0.0078,0.0078 for x = (pixel - mean) * scale")
      ->capture_default_str();
  command.add_option("--resize", options.resize, "how a picture is brought to the input's size")
      ->check(CLI::IsMember({"short256", "stretch", "none"}))
      ->capture_default_str();
  command.add_option("--calibration", options.calibration,
                     "float models: folder of pictures to calibrate the quantiser on");
  command
      .add_option("--calibration-pictures", options.calibration_pictures, "at most so many of them")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command
      .add_option("--range", options.range,
                  "float models: how activation ranges are chosen: minmax, percentile:P (such as "
                  "percentile:99.99), entropy")
      ->capture_default_str();
}

void AddRunOptions(CLI::App& command, RunOptions& options) {
  AddModelOptions(command, options.model, false);
  auto* image = command.add_option("--image", options.images,
                                   "PNG, JPEG or PPM picture (default: a built-in test picture); "
                                   "several: --image A --image B");
  command
      .add_option("--input", options.input, "raw input tensors, several inferences concatenated")
      ->excludes(image);
  command
      .add_option("--engine", options.engine,
                  "engine configuration: a name in configs/engines or a .yaml file")
      ->capture_default_str();
  command
      .add_option("--board", options.board,
                  "board configuration: a name in configs/boards or a .yaml file")
      ->capture_default_str();
  command
      .add_option("--placement", options.placement,
                  "arm, fabric, auto, or an experiment's .yaml file")
      ->capture_default_str();
  command.add_option("--trace", options.trace, "write a waveform (FST)");
  command.add_option("--trace-from", options.trace_from, "first engine cycle in the waveform");
  command.add_option("--trace-to", options.trace_to,
                     "last engine cycle in the waveform (0 = until the end)");
  command.add_option("--stalls", options.stall_seed,
                     "random back-pressure on every bus channel, with this seed");
  command
      .add_option("--threads", options.threads,
                  "backend arm: threads that share every layer; the bytes do not depend on it")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  command.add_flag("--quiet", options.quiet, "no progress");
}

void AddLinuxOptions(CLI::App& command, RunOptions& options) {
  command
      .add_option("--device", options.device,
                  "backend linux: name of the UIO device, uioN, or unix:SOCKET of a 'serve'")
      ->capture_default_str();
  command.add_option("--dma", options.dma, "backend linux: where memory for the engine comes from")
      ->check(CLI::IsMember({"auto", "udmabuf", "uio", "heap"}))
      ->capture_default_str();
  command.add_option("--dma-mib", options.dma_mib, "backend linux: MiB to ask of a dma-heap")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command
      .add_option("--timeout", options.timeout_ms,
                  "backend linux: milliseconds to wait for the engine on top of four times the "
                  "estimate; more for an engine that is simulated behind a real clock")
      ->check(CLI::Range(1, 3600000))
      ->capture_default_str();
}

void AddReplayOptions(CLI::App& command, ReplayOptions& options) {
  command.add_option("log", options.log, "a file of 'run --record'")->required();
  command.add_option("--engine", options.engine,
                     "engine configuration (default: the recorded one)");
  command.add_option("--backend", options.backend, "what the recording is driven into")
      ->check(CLI::IsMember({"rtl", "functional"}))
      ->capture_default_str();
  command
      .add_option("--board", options.board, "board configuration; the window is the recording's")
      ->capture_default_str();
  command.add_option("--trace", options.trace, "write a waveform (FST); backend rtl");
  command.add_flag("--quiet", options.quiet, "no progress");
}

void AddServeOptions(CLI::App& command, ServeOptions& options) {
  command.add_option("--socket", options.socket, "path of the Unix-domain socket to make")
      ->required();
  command.add_option("--memory", options.memory,
                     "file that both sides map as DDR (default: the socket's path and .ddr)");
  command
      .add_option("--memory-offset", options.memory_offset,
                  "where in that file the board's DMA window begins")
      ->capture_default_str();
  command.add_option("--backend", options.backend, "what serves")
      ->check(CLI::IsMember({"rtl", "functional"}))
      ->capture_default_str();
  command.add_option("--engine", options.engine, "engine configuration")->capture_default_str();
  command
      .add_option("--board", options.board, "board configuration; its window is the memory's size")
      ->capture_default_str();
  command.add_option("--fault", options.faults,
                     "plan a fault, for tests: lost-doorbells:COUNT, reads-hang:BURST[:CYCLES], "
                     "writes-hang:BURST[:CYCLES], read-error:BURST, write-error:BURST");
  command.add_option("--clients", options.clients, "end after so many clients (0 = on Ctrl-C)")
      ->check(CLI::Range(0, 1 << 30))
      ->capture_default_str();
  command.add_flag("--quiet", options.quiet, "say nothing of who comes and goes");
}

void AddDoctorOptions(CLI::App& command, DoctorOptions& options) {
  command
      .add_option("--device", options.device,
                  "name of the UIO device, uioN, or unix:SOCKET of a 'serve'")
      ->capture_default_str();
  command.add_option("--dma", options.dma, "as for run")
      ->check(CLI::IsMember({"auto", "udmabuf", "uio", "heap"}))
      ->capture_default_str();
  command.add_option("--dma-mib", options.dma_mib, "as for run")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command.add_option("--timeout", options.timeout_ms, "as for run")
      ->check(CLI::Range(1, 3600000))
      ->capture_default_str();
  command.add_option("--engine", options.engine, "the engine that the bitstream should have")
      ->capture_default_str();
  command.add_option("--board", options.board, "board configuration")->capture_default_str();
  command.add_option("--json", options.json, "write the findings as JSON");
  command.add_flag("--quiet", options.quiet, "no progress");
}

int Main(int argc, char** argv) {
  CLI::App app{"Fragua: co-design of convolutional networks and a small FPGA engine"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("fragua ") + FRAGUA_VERSION);
  RunOptions run;
  RunOptions check;
  QuantizeOptions quantize;
  InspectOptions inspect;
  ReplayOptions replay;
  ServeOptions serve;
  SynthOptions synth;
  CalibrateOptions calibrate;
  DoctorOptions doctor;

  CLI::App* run_command =
      app.add_subcommand("run", "run a network on a picture and show where the time goes");
  AddRunOptions(*run_command, run);
#ifndef FRAGUA_HAVE_SIM
  run.backend = "arm";
#endif
  AddLinuxOptions(*run_command, run);
  run_command
      ->add_option("--backend", run.backend,
                   "golden: the specification; arm: every layer by the driver's kernels; "
                   "rtl: the Verilated engine; functional: the engine's model without RTL; "
                   "linux: a board's engine, or one behind 'serve'")
      ->check(CLI::IsMember({"golden", "arm", "rtl", "functional", "linux"}))
      ->capture_default_str();
  run_command
      ->add_option("--batch", run.batch,
                   "pictures that run one after the other on each engine of the configuration and "
                   "side by side on several (default: one per engine); what is given is repeated")
      ->check(CLI::Range(1, 10000));
  run_command->add_option("--output", run.output,
                          "write the raw output tensors, inference by inference");
  run_command->add_option("--record", run.record,
                          "write every register access, interrupt and buffer, for 'replay'");
  run_command->add_option("--labels", run.labels, "text file with one label per line");
  run_command->add_option("--json", run.json, "write the report as JSON");
  run_command->add_option("--ledger", run.ledger,
                          "write where the cycles of every fused group went, as Markdown");
  run_command
      ->add_option("--ddr-latency", run.ddr_latency, "multiply the board's DDR latencies by this")
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  run_command
      ->add_option("--ddr-bandwidth", run.ddr_bandwidth,
                   "multiply the board's DDR efficiencies by this")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();

  CLI::App* check_command = app.add_subcommand(
      "check", "compare the engine with the golden model and locate the first mismatch");
  AddRunOptions(*check_command, check);
  AddLinuxOptions(*check_command, check);
  check_command->add_option("--layer", check.layer, "only this operator (by name)");
  auto* localise = check_command->add_flag(
      "--localise", check.localise,
      "follow a mismatch to layer, tile, pixel, channel, accumulation step, cycle and cause");
  check_command
      ->add_option(
          "--reproducer", check.reproducer,
          "with --localise: cut out and shrink what shows the mismatch, and write network, "
          "input, command and waveform into this folder")
      ->needs(localise);
  check_command->add_option("--backend", check.backend, "what is checked")
      ->check(CLI::IsMember({"rtl", "functional", "linux", "arm"}))
      ->capture_default_str();

  CLI::App* quantize_command =
      app.add_subcommand("quantize", "make an int8 .tflite from a float model");
  AddModelOptions(*quantize_command, quantize.model, true);
  quantize_command->get_option("--calibration")->required();
  quantize_command->add_option("--output", quantize.output, "the .tflite to write")->required();

  CLI::App* inspect_command = app.add_subcommand(
      "inspect", "list layers, shapes, MACs, parameters and where each would go");
  AddModelOptions(*inspect_command, inspect.model, true);
  inspect_command->add_option("--engine", inspect.engine, "engine configuration")
      ->capture_default_str();
  inspect_command->add_option("--board", inspect.board, "board configuration")
      ->capture_default_str();
  inspect_command
      ->add_option("--placement", inspect.placement,
                   "arm, fabric, auto, or an experiment's .yaml file")
      ->capture_default_str();

  CLI::App* replay_command = app.add_subcommand(
      "replay", "drive a recorded run into an engine and show the first difference");
  AddReplayOptions(*replay_command, replay);

  CLI::App* serve_command = app.add_subcommand(
      "serve", "be the engine of another process (run --backend linux --device unix:SOCKET)");
  AddServeOptions(*serve_command, serve);

  CLI::App* synth_command = app.add_subcommand(
      "synth", "synthesise an engine with Yosys and show whether it fits its part");
  synth_command
      ->add_option("--engine", synth.engine,
                   "engine configuration: a name in configs/engines or a .yaml file")
      ->capture_default_str();
  synth_command->add_option("--json", synth.json, "write the report as JSON");
  synth_command->add_option("--limit", synth.limit_s, "give up after so many seconds")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  synth_command->add_flag("--quiet", synth.quiet, "no progress");

  CLI::App* doctor_command = app.add_subcommand(
      "doctor", "look a board over: what is wrong with it, and how to put it right");
  AddDoctorOptions(*doctor_command, doctor);

  CLI::App* calibrate_command = app.add_subcommand(
      "calibrate", "time the processor's kernels on this machine and write a board file with it");
  calibrate_command
      ->add_option("--board", calibrate.board,
                   "the board file to start from: a name in configs/boards or a .yaml file")
      ->capture_default_str();
  calibrate_command->add_option("--output", calibrate.output, "the board file to write")
      ->required();
  calibrate_command
      ->add_option("--backend", calibrate.backend,
                   "measure a device's registers and cache maintenance too: linux on a board")
      ->check(CLI::IsMember({"none", "linux", "functional", "rtl"}))
      ->capture_default_str();
  calibrate_command->add_option("--engine", calibrate.engine, "the engine that the device has")
      ->capture_default_str();
  calibrate_command->add_option("--device", calibrate.device, "as for run")->capture_default_str();
  calibrate_command->add_option("--dma", calibrate.dma, "as for run")
      ->check(CLI::IsMember({"auto", "udmabuf", "uio", "heap"}))
      ->capture_default_str();
  calibrate_command->add_option("--seconds", calibrate.seconds, "time spent on every figure")
      ->check(CLI::Range(0.001, 60.0))
      ->capture_default_str();
  calibrate_command->add_flag("--quiet", calibrate.quiet, "no progress");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageExit;
  }
  InstallInterruptHandler();
  if (*run_command) return RunCommand(run);
  if (*check_command) return CheckCommand(check);
  if (*quantize_command) return QuantizeCommand(quantize);
  if (*replay_command) return ReplayCommand(replay);
  if (*serve_command) return ServeCommand(serve);
  if (*synth_command) return SynthCommand(synth);
  if (*doctor_command) return DoctorCommand(doctor);
  if (*calibrate_command) return CalibrateCommand(calibrate);
  return InspectCommand(inspect);
}

}  // namespace
}  // namespace fragua::app

int main(int argc, char** argv) {
  try {
    return fragua::app::Main(argc, argv);
  } catch (const fragua::app::Interrupted&) {
    fmt::print(stderr, "fragua: interrupted; nothing was written\n");
    return fragua::app::kInterruptedExit;
  } catch (const fragua::Error& error) {
    fmt::print(stderr, "fragua: {}\n", error.what());
    return error.kind() == fragua::ErrorKind::kInput ? fragua::app::kUsageExit
                                                     : fragua::app::kFailedExit;
  } catch (const std::exception& error) {
    fmt::print(stderr, "fragua: unexpected: {}\n", error.what());
    return fragua::app::kFailedExit;
  }
}
