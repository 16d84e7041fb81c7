#include "fragua/driver_linux/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "examination.h"
#include "fragua/driver/engine_access.h"
#include "fragua/driver/registers.h"

namespace fragua::driver {

const char* Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarning:
      return "warning";
    case Verdict::kFailed:
      return "failed";
    case Verdict::kNotCheckable:
      return "not checkable";
  }
  FRAGUA_CHECK(false, fmt::format("verdict {}", static_cast<int>(verdict)));
  return "";
}

void Examination::Begin(const std::string& check) {
  const std::atomic<bool>* const stop = options_.port.stop;
  if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
    throw Error(ErrorKind::kDevice, "interrupted");
  }
  check_ = check;
  if (options_.progress) options_.progress(check);
}

void Examination::Add(Verdict verdict, std::string found, std::string expected, std::string fix) {
  findings_.push_back({check_, verdict, std::move(found), std::move(expected), std::move(fix)});
}

void Examination::AddFailure(const Error& error, std::string expected) {
  if (options_.port.stop != nullptr && options_.port.stop->load()) throw error;
  const std::string text = error.what();
  const size_t advice = text.rfind("; ");
  Add(Verdict::kFailed, text.substr(0, advice), std::move(expected),
      advice == std::string::npos ? "" : text.substr(advice + 2));
}

void Examination::Skip(const std::string& check, std::string why, std::string fix) {
  check_ = check;
  Add(Verdict::kNotCheckable, std::move(why), "", std::move(fix));
}

namespace {

/// What has not been looked at of the engine, in the order in which it would have been.
void SkipRest(Examination& exam, const std::string& why) {
  for (const char* check :
       {"engine", "state", "interrupt", "memory", "memory region", "memory rate",
        "data lines, read", "clock", "data lines, write", "convolution"}) {
    if (std::ranges::find(exam.findings(), check, &Finding::check) == exam.findings().end()) {
      exam.Skip(check, why);
    }
  }
}

/// An engine that an earlier process left at work.
void Calm(Examination& exam, LinuxPort& port) {
  exam.Begin("state");
  if (!IsDirty(port)) {
    exam.Add(Verdict::kOk, "at rest");
    return;
  }
  try {
    SoftReset(port);
    exam.Add(Verdict::kOk, "at work for an earlier process; it has been reset");
  } catch (const Error& error) {
    exam.AddFailure(error, "a reset that ends");
  }
}

/// Everything that needs the engine's registers. A sentence that says why the rest of it was not
/// looked at; empty when all was.
std::string CheckEngine(Examination& exam, const std::string& device) {
  exam.Begin("engine");
  std::unique_ptr<LinuxPort> port;
  try {
    port = LinuxPort::OpenRegisters(exam.system(), exam.options().port);
  } catch (const Error& error) {
    exam.AddFailure(error, "a device that this process can have");
    return "the engine's device could not be opened";
  }
  if (!CheckIdentity(exam, *port)) return "what answers is not the engine meant";
  Calm(exam, *port);
  CheckInterrupt(exam, *port, device);
  if (!CheckMemory(exam, *port)) return "there is no memory for the engine";
  if (!CheckReadLanes(exam, *port)) return "the engine does not read what is in memory";
  CheckClock(exam, *port);
  CheckLayers(exam, *port);
  return "";
}

}  // namespace

std::vector<Finding> Diagnose(System& system, const DoctorOptions& options) {
  Examination exam(system, options);
  const std::optional<std::string> device = CheckDevice(exam);
  const bool reachable = CheckProcessorSystem(exam);
  if (!device) {
    SkipRest(exam, "there is no device to reach the engine by");
  } else if (!reachable) {
    SkipRest(exam, "an access to the engine would stop the processor; see above");
  } else {
    try {
      SkipRest(exam, CheckEngine(exam, *device));
    } catch (const Error& error) {
      // A device that goes away, or a server that dies, in the middle of a check.
      exam.AddFailure(error, "an engine that answers");
      SkipRest(exam, "the engine has gone");
    }
  }
  return exam.findings();
}

}  // namespace fragua::driver
