// A plug-in for QEMU's xilinx-zynq-a9: the engine of `fragua serve` at the addresses and on the
// interrupt that it has on the board.
//
//   -plugin bridge.so,socket=PATH,base=0x43C00000,bytes=0x1000,spi=29[,mask=on]
//
// Every register access of the guest is a request; the guest's processor stands still until the
// answer is there. The engine's time runs by itself while it has work (kRunFreely), and the server
// tells when the interrupt changes: before the answer to the access that changed it, so that the
// guest cannot see a line it has cleared, or between requests, which wakes QEMU's main loop. Both
// come over one socket in order, and both are taken with QEMU's big lock held: no thread, no lock
// of our own. `mask` leaves the line alone: a fault to test with.
//
// The protocol is driver/linux's remote_protocol.h, docs/PLATFORM.md.

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "qemu_internals.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

enum Kind {
  kHello = 0x4652474C,
  kRead = 1,
  kWrite = 2,
  kFailed = 4,
  kRunFreely = 5,
  kInterrupt = 6,
};
enum { kProtocol = 2, kWelcomeBytes = 16, kMaxText = 4096 };
/// The server answers everything within a second.
enum { kSilenceMs = 20000 };

struct Message {
  uint32_t kind, a, b, unused;
  uint64_t c;
};
_Static_assert(sizeof(struct Message) == 24, "as on the socket");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "as on the socket");

static struct {
  char socket[sizeof(((struct sockaddr_un*)0)->sun_path)];
  uint64_t base, bytes;
  int spi;
  bool mask;
} options;

static int server = -1;
static qemu_irq line;
static _Alignas(64) unsigned char region[kMemoryRegionBytes];

// Figures for the report at the end.
static uint64_t accesses, interrupts;
static double access_s, response_s, longest_response_s;
static double raised_at = -1;  ///< and not yet answered by an access

/// QEMU's own way out would run what the guest can no longer finish.
static _Noreturn void Die(const char* what, const char* why) {
  fprintf(stderr, "bridge: %s: %s\n", what, why);
  fflush(stderr);
  _exit(1);
}

static double Now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void Receive(void* to, size_t bytes) {
  unsigned char* at = to;
  while (bytes > 0) {
    struct pollfd entry = {server, POLLIN, 0};
    const int ready = poll(&entry, 1, kSilenceMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) Die(options.socket, "the server has said nothing for 20 s; is it stopped?");
    const ssize_t got = recv(server, at, bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) Die(options.socket, got == 0 ? "the server has gone" : strerror(errno));
    at += got;
    bytes -= (size_t)got;
  }
}

static void Skip(uint64_t bytes) {
  unsigned char sink[256];
  while (bytes > 0) {
    const size_t part = bytes < sizeof sink ? (size_t)bytes : sizeof sink;
    Receive(sink, part);
    bytes -= part;
  }
}

static void TakeInterrupt(uint32_t level) {
  if (level && raised_at < 0) {
    ++interrupts;
    raised_at = Now();
  }
  if (!options.mask) qemu_set_irq(line, level != 0);
}

static _Noreturn void TakeFailure(uint64_t bytes) {
  char text[kMaxText + 1] = "";
  if (bytes <= kMaxText) Receive(text, (size_t)bytes);
  Die("the engine failed", text);
}

static struct Message Request(uint32_t kind, uint32_t a, uint32_t b) {
  const struct Message request = {kind, a, b, 0, 0};
  // 24 bytes always find room: there is one request at a time.
  if (send(server, &request, sizeof request, MSG_NOSIGNAL) != sizeof request) {
    Die(options.socket, "the server has gone");
  }
  for (;;) {
    struct Message message;
    Receive(&message, sizeof message);
    if (message.kind == kind) return message;
    if (message.kind == kFailed) TakeFailure(message.c);
    if (message.kind != kInterrupt) Die(options.socket, "an answer that was not asked for");
    TakeInterrupt(message.b);
  }
}

static uint32_t Access(uint32_t kind, uint64_t offset, uint32_t value) {
  const double begin = Now();
  if (raised_at >= 0) {
    const double response = begin - raised_at;
    response_s += response;
    if (response > longest_response_s) longest_response_s = response;
    raised_at = -1;
  }
  const uint32_t answer = Request(kind, (uint32_t)offset, value).b;
  ++accesses;
  access_s += Now() - begin;
  return answer;
}

static uint64_t OnRead(void* opaque, uint64_t offset, unsigned bytes) {
  (void)opaque, (void)bytes;
  return Access(kRead, offset, 0);
}

static void OnWrite(void* opaque, uint64_t offset, uint64_t value, unsigned bytes) {
  (void)opaque, (void)bytes;
  Access(kWrite, offset, (uint32_t)value);
}

static const MemoryRegionOps kOps = {
    .read = OnRead,
    .write = OnWrite,
    .endianness = 2,
    .valid = {4, 4, false, NULL},
    .implemented = {4, 4, false},
};

/// The main loop has seen that there is something to read; an access may have read it since.
static void OnReadable(void* opaque) {
  (void)opaque;
  struct pollfd entry = {server, POLLIN, 0};
  if (poll(&entry, 1, 0) <= 0) return;
  struct Message message;
  Receive(&message, sizeof message);
  if (message.kind == kFailed) TakeFailure(message.c);
  if (message.kind != kInterrupt) Die(options.socket, "a message that was not asked for");
  TakeInterrupt(message.b);
}

static void Connect(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, options.socket, sizeof address.sun_path);
  server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server < 0 || connect(server, (struct sockaddr*)&address, sizeof address) != 0) {
    Die(options.socket, strerror(errno));
  }
  struct Message hello;
  Receive(&hello, sizeof hello);
  if (hello.kind != kHello || hello.a != kProtocol) {
    Die(options.socket, "speaks another protocol; build fragua and this plug-in from one source");
  }
  if (hello.b != 0) Die(options.socket, "another client has the engine");
  unsigned char welcome[kWelcomeBytes];
  Receive(welcome, sizeof welcome);
  uint32_t window;
  uint64_t file_offset;
  memcpy(&window, welcome, sizeof window);
  memcpy(&file_offset, welcome + 8, sizeof file_offset);
  Skip(hello.c - kWelcomeBytes);
  // DDR begins at address 0 of the board and of the file.
  if (file_offset != window) {
    Die(options.socket, "its window is not where the guest has it; --memory-offset = window_base");
  }
}

static void OnMachineReady(Notifier* notifier, void* data) {
  (void)notifier, (void)data;
  void* const processors = object_resolve_path_type("", "a9mpcore_priv", NULL);
  if (processors == NULL) Die("interrupt controller", "not found; -machine xilinx-zynq-a9?");
  line = qdev_get_gpio_in(processors, options.spi);
  Connect();
  MemoryRegion* const registers = (MemoryRegion*)region;
  memory_region_init_io(registers, NULL, &kOps, NULL, "fragua", options.bytes);
  memory_region_add_subregion_overlap(get_system_memory(), options.base, registers, 1);
  qemu_set_fd_handler(server, OnReadable, NULL, NULL);
  Request(kRunFreely, 0, 0);
}

static void OnExit(qemu_plugin_id_t id, void* data) {
  (void)id, (void)data;
  fprintf(stderr,
          "bridge: %llu register accesses, %.1f us each; %llu interrupts, answered after %.0f us, "
          "at most %.0f us\n",
          (unsigned long long)accesses, accesses ? 1e6 * access_s / (double)accesses : 0.0,
          (unsigned long long)interrupts, interrupts ? 1e6 * response_s / (double)interrupts : 0.0,
          1e6 * longest_response_s);
}

static uint64_t Number(const char* text) {
  char* end;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 0);
  if (errno != 0 || end == text || *end != '\0') Die(text, "not a number");
  return value;
}

/// The value of an option NAME=VALUE, or null if it is another one.
static const char* ValueOf(const char* option, const char* name) {
  const size_t length = strlen(name);
  return strncmp(option, name, length) == 0 && option[length] == '=' ? option + length + 1 : NULL;
}

static void TakeOption(const char* option) {
  const char* value;
  if ((value = ValueOf(option, "socket")) && strlen(value) < sizeof options.socket) {
    strcpy(options.socket, value);
  } else if ((value = ValueOf(option, "base"))) {
    options.base = Number(value);
  } else if ((value = ValueOf(option, "bytes"))) {
    options.bytes = Number(value);
  } else if ((value = ValueOf(option, "spi")) && Number(value) < 64) {
    options.spi = (int)Number(value);
  } else if ((value = ValueOf(option, "mask"))) {
    options.mask = strcmp(value, "on") == 0;
  } else {
    Die(option, "expected socket=PATH, base=, bytes=, spi= (0 to 63) or mask=on");
  }
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void* info, int count, char** arguments) {
  (void)info;
  const VersionInfo* const version = qmp_query_version(NULL);
  if (version->qemu->major != kQemuMajor || version->qemu->minor != kQemuMinor) {
    fprintf(stderr, "bridge: made for QEMU %d.%d, whose internals it uses; this is %lld.%lld\n",
            kQemuMajor, kQemuMinor, (long long)version->qemu->major,
            (long long)version->qemu->minor);
    return 1;
  }
  for (int i = 0; i < count; ++i) TakeOption(arguments[i]);
  if (options.socket[0] == '\0' || options.base == 0 || options.bytes == 0) {
    Die("arguments", "socket=, base= and bytes= are needed");
  }
  static Notifier ready = {.notify = OnMachineReady};
  qemu_add_machine_init_done_notifier(&ready);
  qemu_plugin_register_atexit_cb(id, OnExit, NULL);
  return 0;
}
