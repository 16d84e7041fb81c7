// What the bridge uses of QEMU 7.2 and no packaged header declares. Debian's qemu-system-arm
// exports these functions because it loads modules of its own. They are no stable interface:
// bridge.c refuses to run in any QEMU but 7.2.x.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { kQemuMajor = 7, kQemuMinor = 2 };

// The plug-in interface, version 1: the one part that is stable.
typedef uint64_t qemu_plugin_id_t;
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*callback)(qemu_plugin_id_t, void*),
                                    void* userdata);

// qapi: query-version.
typedef struct {
  int64_t major, minor, micro;
} VersionTriple;
typedef struct {
  VersionTriple* qemu;
  char* package;
} VersionInfo;
VersionInfo* qmp_query_version(void** error);

// A callback when the machine is complete.
typedef struct Notifier {
  void (*notify)(struct Notifier* notifier, void* data);
  struct {
    void *next, **previous;
  } node;
} Notifier;
void qemu_add_machine_init_done_notifier(Notifier* notifier);

// Memory and devices. All of it belongs to whoever holds QEMU's big lock, as callbacks do.
typedef struct MemoryRegion MemoryRegion;
typedef struct Object Object;
typedef struct IRQState* qemu_irq;

/// More than QEMU needs for a MemoryRegion (272 bytes).
enum { kMemoryRegionBytes = 4096 };

typedef struct {
  uint64_t (*read)(void* opaque, uint64_t offset, unsigned bytes);
  void (*write)(void* opaque, uint64_t offset, uint64_t value, unsigned bytes);
  void *read_with_attributes, *write_with_attributes;
  int endianness;  ///< 2: little-endian device
  struct {
    unsigned min_bytes, max_bytes;
    bool unaligned;
    void* accepts;
  } valid;
  struct {
    unsigned min_bytes, max_bytes;
    bool unaligned;
  } implemented;
} MemoryRegionOps;

MemoryRegion* get_system_memory(void);
void memory_region_init_io(MemoryRegion* region, Object* owner, const MemoryRegionOps* ops,
                           void* opaque, const char* name, uint64_t bytes);
void memory_region_add_subregion_overlap(MemoryRegion* parent, uint64_t offset,
                                         MemoryRegion* region, int priority);
Object* object_resolve_path_type(const char* path, const char* type, bool* ambiguous);
qemu_irq qdev_get_gpio_in(void* device, int number);
void qemu_set_irq(qemu_irq line, int level);
void qemu_set_fd_handler(int fd, void (*readable)(void*), void (*writable)(void*), void* opaque);
