#include <CLI/CLI.hpp>

#include "command_line.h"

namespace fragua::app {
namespace {

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

}  // namespace

CLI::App* AddRunCommand(CLI::App& app, RunOptions& options) {
  CLI::App* const command =
      app.add_subcommand("run", "run a network on a picture and show where the time goes");
  AddRunOptions(*command, options);
#ifndef FRAGUA_HAVE_SIM
  options.backend = "arm";
#endif
  AddDeviceOptions(*command, options.device);
  AddTimeoutOption(*command, options.device);
  command
      ->add_option("--backend", options.backend,
                   "golden: the specification; arm: every layer by the driver's kernels; "
                   "rtl: the Verilated engine; functional: the engine's model without RTL; "
                   "linux: a board's engine, or one behind 'serve'")
      ->check(CLI::IsMember({"golden", "arm", "rtl", "functional", "linux"}))
      ->capture_default_str();
  command
      ->add_option("--batch", options.batch,
                   "pictures that run one after the other on each engine of the configuration and "
                   "side by side on several (default: one per engine); what is given is repeated")
      ->check(CLI::Range(1, 10000));
  command->add_option("--output", options.output,
                      "write the raw output tensors, inference by inference");
  command->add_option("--record", options.record,
                      "write every register access, interrupt and buffer, for 'replay'");
  command->add_option("--labels", options.labels, "text file with one label per line");
  command->add_option("--json", options.json, "write the report as JSON");
  command->add_option("--ledger", options.ledger,
                      "write where the cycles of every fused group went, as Markdown");
  command
      ->add_option("--ddr-latency", options.ddr_latency,
                   "multiply the board's DDR latencies by this")
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  command
      ->add_option("--ddr-bandwidth", options.ddr_bandwidth,
                   "multiply the board's DDR efficiencies by this")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  return command;
}

CLI::App* AddCheckCommand(CLI::App& app, RunOptions& options) {
  CLI::App* const command = app.add_subcommand(
      "check", "compare the engine with the golden model and locate the first mismatch");
  AddRunOptions(*command, options);
  AddDeviceOptions(*command, options.device);
  AddTimeoutOption(*command, options.device);
  command->add_option("--layer", options.layer, "only this operator (by name)");
  auto* localise = command->add_flag(
      "--localise", options.localise,
      "follow a mismatch to layer, tile, pixel, channel, accumulation step, cycle and cause");
  command
      ->add_option(
          "--reproducer", options.reproducer,
          "with --localise: cut out and shrink what shows the mismatch, and write network, "
          "input, command and waveform into this folder")
      ->needs(localise);
  command->add_option("--backend", options.backend, "what is checked")
      ->check(CLI::IsMember({"rtl", "functional", "linux", "arm"}))
      ->capture_default_str();
  return command;
}

CLI::App* AddQuantizeCommand(CLI::App& app, QuantizeOptions& options) {
  CLI::App* const command =
      app.add_subcommand("quantize", "make an int8 .tflite from a float model");
  AddModelOptions(*command, options.model, true);
  command->get_option("--calibration")->required();
  command->add_option("--output", options.output, "the .tflite to write")->required();
  return command;
}

CLI::App* AddInspectCommand(CLI::App& app, InspectOptions& options) {
  CLI::App* const command = app.add_subcommand(
      "inspect", "list layers, shapes, MACs, parameters and where each would go");
  AddModelOptions(*command, options.model, true);
  command->add_option("--engine", options.engine, "engine configuration")->capture_default_str();
  command->add_option("--board", options.board, "board configuration")->capture_default_str();
  command
      ->add_option("--placement", options.placement,
                   "arm, fabric, auto, or an experiment's .yaml file")
      ->capture_default_str();
  return command;
}

}  // namespace fragua::app
