/* A TCG plug-in for qemu-arm that counts executed instructions between calls of one function.
 *
 *   qemu-arm -plugin libcount.so,mark=ADDRESS,out=FILE program ...
 *
 * Every time the instruction at ADDRESS is executed, the counts so far are noted; when the program
 * ends, they are written to FILE, one line per time:
 *   core core_memory vector vector_memory
 * The classes come from the disassembly: vector instructions begin with a v, memory instructions are
 * loads and stores. The instruction at ADDRESS is itself counted behind the mark.
 *
 * Debian packages no header for plug-ins: what is used of the interface is declared here, as version
 * 1 of it has it (QEMU 4.2 to 8.2). Other versions are refused. */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION 1
#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info {
  const char *target_name;
  struct {
    int min;
    int cur;
  } version;
  bool system_emulation;
};
enum { INLINE_ADD_U64 = 0, CB_NO_REGISTERS = 0 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
char *qemu_plugin_insn_disas(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
                                           void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *,
                                            void (*)(unsigned, void *), int flags, void *);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int op, void *,
                                                uint64_t);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);

EXPORT int qemu_plugin_version = API_VERSION;

enum { CORE, CORE_MEMORY, VECTOR, VECTOR_MEMORY, CLASSES };
enum { MAX_MARKS = 65536 };

static uint64_t counts[CLASSES];
static uint64_t (*marks)[CLASSES];
static size_t mark_count;
static uint64_t mark_address;
static const char *out_path;

static bool begins_with_any(const char *text, const char *const *words) {
  for (; *words; ++words) {
    if (strncmp(text, *words, strlen(*words)) == 0) return true;
  }
  return false;
}

static int class_of(const char *text) {
  static const char *const vector_memory[] = {"vld", "vst", "vpush", "vpop", NULL};
  static const char *const core_memory[] = {"ldr", "str", "ldm", "stm", "push", "pop",
                                            "ldc", "stc", "pld", NULL};
  if (text[0] == 'v') return begins_with_any(text, vector_memory) ? VECTOR_MEMORY : VECTOR;
  return begins_with_any(text, core_memory) ? CORE_MEMORY : CORE;
}

static void on_mark(unsigned cpu, void *data) {
  (void)cpu;
  (void)data;
  if (mark_count < MAX_MARKS) memcpy(marks[mark_count], counts, sizeof counts);
  ++mark_count;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  const size_t n = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < n; ++i) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
    if (qemu_plugin_insn_vaddr(insn) == mark_address) {
      qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, CB_NO_REGISTERS, NULL);
    }
    char *text = qemu_plugin_insn_disas(insn);
    const int kind = class_of(text ? text : "");
    free(text);
    qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD_U64, &counts[kind], 1);
  }
}

static void on_exit_of_program(qemu_plugin_id_t id, void *data) {
  (void)id;
  (void)data;
  FILE *out = fopen(out_path, "w");
  if (!out) {
    fprintf(stderr, "count_plugin: cannot write %s\n", out_path);
    return;
  }
  const size_t kept = mark_count < MAX_MARKS ? mark_count : MAX_MARKS;
  for (size_t i = 0; i < kept; ++i) {
    for (int k = 0; k < CLASSES; ++k) {
      fprintf(out, "%" PRIu64 "%c", marks[i][k], k + 1 < CLASSES ? ' ' : '\n');
    }
  }
  if (mark_count > MAX_MARKS) fprintf(out, "too many marks\n");
  fclose(out);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
                               char **argv) {
  if (info->version.cur != API_VERSION) {
    fprintf(stderr,
            "count_plugin: QEMU's plug-in interface has version %d, this plug-in was written for "
            "version %d (QEMU 7.2)\n",
            info->version.cur, API_VERSION);
    return -1;
  }
  if (info->system_emulation || strcmp(info->target_name, "arm") != 0) {
    fprintf(stderr, "count_plugin: found target %s, expected qemu-arm in user mode\n",
            info->target_name);
    return -1;
  }
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "mark=", 5) == 0) {
      mark_address = strtoull(argv[i] + 5, NULL, 0);
    } else if (strncmp(argv[i], "out=", 4) == 0) {
      out_path = strdup(argv[i] + 4);
    } else {
      fprintf(stderr, "count_plugin: unknown argument '%s'; known: mark=, out=\n", argv[i]);
      return -1;
    }
  }
  marks = calloc(MAX_MARKS, sizeof *marks);
  if (!mark_address || !out_path || !marks) {
    fprintf(stderr, "count_plugin: mark=ADDRESS and out=FILE are needed\n");
    return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_atexit_cb(id, on_exit_of_program, NULL);
  return 0;
}
