#include "interrupt.h"

#include <csignal>

namespace fragua::app {
namespace {

// A signal handler can reach nothing but static storage.
std::atomic<bool> interrupted{false};

extern "C" void OnSignal(int number) {
  if (interrupted.exchange(true)) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}

}  // namespace

void InstallInterruptHandler() {
  std::signal(SIGINT, OnSignal);
  std::signal(SIGTERM, OnSignal);
}

const std::atomic<bool>& InterruptFlag() { return interrupted; }

void ThrowIfInterrupted() {
  if (interrupted.load()) throw Interrupted();
}

}  // namespace fragua::app
