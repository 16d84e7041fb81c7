#pragma once
// What the command line says, one struct per subcommand, filled by CLI11 and checked once.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fragua::app {

/// Which network, and how a picture becomes its input.
struct ModelOptions {
  std::string model = "squeezenet-1.1";  ///< .tflite, .onnx, or a built-in network's name
  int size = 0;        ///< built-in networks: input height and width, 0 = the network's own
  int classes = 1000;  ///< built-in networks
  uint32_t seed = 1;   ///< built-in networks: synthetic weights
  std::string preprocess = "torchvision";
  std::string resize = "short256";
  std::string calibration;  ///< folder of pictures, used when the model is a float one
  std::string range = "default";
  int calibration_pictures = 16;
};

/// Backend linux: how an engine is reached.
struct DeviceOptions {
  std::string name = "fragua";  ///< UIO name, uioN, or unix:SOCKET
  std::string dma = "auto";     ///< auto, udmabuf, uio, heap
  int dma_mib = 16;             ///< asked of a dma-heap
  int timeout_ms = 2;           ///< least patience with a submission
};

struct RunOptions {
  ModelOptions model;
  std::vector<std::string> images;  ///< one picture per inference; none = a built-in test picture
  int batch = 0;                    ///< run only: inferences at least, 0 = one per engine
  std::string input;
  std::string output;
  std::string labels;
  std::string backend = "rtl";
  DeviceOptions device;
  std::string engine = "zybo-z7-10";
  std::string board = "zybo";
  std::string placement = "fabric";  ///< fabric, arm, auto, or an experiment YAML
  std::string json;
  std::string record;  ///< every transaction with the device goes into this file
  int threads = 1;     ///< of the processor, backend arm
  std::string trace;
  uint64_t trace_from = 0;
  uint64_t trace_to = 0;
  std::string layer;                   ///< check only: one operator's name, empty = all
  bool localise = false;               ///< check only: follow a mismatch to its cause
  std::string reproducer;              ///< folder for the smallest network that shows it
  std::optional<uint32_t> stall_seed;  ///< random back-pressure on every bus channel
  std::string ledger;                  ///< Markdown file for the cycles of every fused group
  double ddr_latency = 1;              ///< the board's DDR latencies, times this
  double ddr_bandwidth = 1;            ///< its efficiencies, times this
  bool quiet = false;
};

struct ReplayOptions {
  std::string log;
  std::string engine;  ///< empty = the recorded one
  std::string backend = "rtl";
  std::string board = "zybo";
  std::string trace;
  bool quiet = false;
};

struct ServeOptions {
  std::string backend = "rtl";
  std::string engine = "zybo-z7-10";
  std::string board = "zybo";
  std::string socket;
  std::string memory;
  uint64_t memory_offset = 0;
  std::vector<std::string> faults;
  int clients = 0;  ///< 0 = until interrupted
  bool quiet = false;
};

struct DoctorOptions {
  DeviceOptions device;
  std::string engine = "zybo-z7-10";
  std::string board = "zybo";
  std::string json;
  bool quiet = false;
};

struct CalibrateOptions {
  std::string board = "zybo";
  std::string backend = "none";  ///< of the device whose port is measured too
  std::string engine = "zybo-z7-10";
  DeviceOptions device;
  std::string output;
  double seconds = 0.2;  ///< for every figure
  bool quiet = false;
};

struct QuantizeOptions {
  ModelOptions model;
  std::string output;
};

struct InspectOptions {
  ModelOptions model;
  std::string engine = "zybo-z7-10";
  std::string board = "zybo";
  std::string placement = "auto";
};

struct SynthOptions {
  std::string engine = "zybo-z7-10";
  std::string json;
  int limit_s = 900;  ///< for Yosys
  bool quiet = false;
};

}  // namespace fragua::app
