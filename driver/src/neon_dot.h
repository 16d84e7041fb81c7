#pragma once
// The innermost loop of the NEON convolution: sums of products of one or two pixels with four
// output channels.
//
// A step takes 16 values of each pixel and of each channel. Two products of int8 are added in 16
// bits (VMULL, VMLAL: eight lanes each), then neighbouring lanes are added into 32 bits (VPADAL):
// three instructions for 16 products. Eight sums of two pixels and four channels occupy q8..q15,
// the pixels q0 and q1, two channels q2 and q3; four temporaries in q4..q7 keep a product and its
// use five instructions apart, more than the multiplier's latency in the in-order pipeline of a
// Cortex-A9. It is written out because the compiler spills with all sixteen registers in use.

#include <arm_neon.h>

#include <cstdint>

namespace fragua::driver::neon {

/// Lane sums: channel c of pixel p is the sum of the four lanes of s[p][c].
struct LaneSums {
  int32x4_t s[2][4];
};

// Two products of one channel with each of the two pixels: t0 and t1 are the temporaries.
#define FRAGUA_PAIR(t0, t1, w_low, w_high) \
  "vmull.s8 " t0 ", d0, " w_low            \
  "\n\t"                                   \
  "vmull.s8 " t1 ", d2, " w_low            \
  "\n\t"                                   \
  "vmlal.s8 " t0 ", d1, " w_high           \
  "\n\t"                                   \
  "vmlal.s8 " t1 ", d3, " w_high "\n\t"

/// Two pixels; `steps` >= 1 runs of 16 values. Weights as PackedWeights; no weight is -128.
inline LaneSums DotPairs(const int8_t* x0, const int8_t* x1, const int8_t* w, int steps) {
  LaneSums sums;
  auto& s = sums.s;
  asm("vmov.i32 %q[a0], #0\n\t"
      "vmov.i32 %q[a1], #0\n\t"
      "vmov.i32 %q[a2], #0\n\t"
      "vmov.i32 %q[a3], #0\n\t"
      "vmov.i32 %q[b0], #0\n\t"
      "vmov.i32 %q[b1], #0\n\t"
      "vmov.i32 %q[b2], #0\n\t"
      "vmov.i32 %q[b3], #0\n"
      "1:\n\t"
      "vld1.8 {d0, d1}, [%[x0]]!\n\t"
      "vld1.8 {d4-d7}, [%[w]:64]!\n\t"
      "vld1.8 {d2, d3}, [%[x1]]!\n\t"
      "subs %[steps], %[steps], #1\n\t"
      FRAGUA_PAIR("q4", "q5", "d4", "d5")
      FRAGUA_PAIR("q6", "q7", "d6", "d7")
      "vld1.8 {d4-d7}, [%[w]:64]!\n\t"
      "vpadal.s16 %q[a0], q4\n\t"
      "vpadal.s16 %q[b0], q5\n\t"
      FRAGUA_PAIR("q4", "q5", "d4", "d5")
      "vpadal.s16 %q[a1], q6\n\t"
      "vpadal.s16 %q[b1], q7\n\t"
      FRAGUA_PAIR("q6", "q7", "d6", "d7")
      "vpadal.s16 %q[a2], q4\n\t"
      "vpadal.s16 %q[b2], q5\n\t"
      "vpadal.s16 %q[a3], q6\n\t"
      "vpadal.s16 %q[b3], q7\n\t"
      "bne 1b\n\t"
      : [a0] "=&w"(s[0][0]), [a1] "=&w"(s[0][1]), [a2] "=&w"(s[0][2]), [a3] "=&w"(s[0][3]),
        [b0] "=&w"(s[1][0]), [b1] "=&w"(s[1][1]), [b2] "=&w"(s[1][2]), [b3] "=&w"(s[1][3]),
        [x0] "+r"(x0), [x1] "+r"(x1), [w] "+r"(w), [steps] "+r"(steps)
      :
      : "cc", "memory", "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11",
        "d12", "d13", "d14", "d15");
  return sums;
}
#undef FRAGUA_PAIR

/// One pixel (s[0]), any weights: every product is widened on its own where `PairsFit` is false.
template <bool PairsFit>
inline void DotOne(const int8_t* x, const int8_t* w, int steps, int32x4_t* s) {
  for (int c = 0; c < 4; ++c) s[c] = vdupq_n_s32(0);
  for (int i = 0; i < steps; ++i, x += 16, w += 64) {
    const int8x16_t pixel = vld1q_s8(x);
    for (int c = 0; c < 4; ++c) {
      const int8x16_t channel = vld1q_s8(w + 16 * c);
      int16x8_t product = vmull_s8(vget_low_s8(pixel), vget_low_s8(channel));
      if constexpr (PairsFit) {
        product = vmlal_s8(product, vget_high_s8(pixel), vget_high_s8(channel));
      } else {
        s[c] = vpadalq_s16(s[c], product);
        product = vmull_s8(vget_high_s8(pixel), vget_high_s8(channel));
      }
      s[c] = vpadalq_s16(s[c], product);
    }
  }
}

/// The four channels' sums.
inline int32x4_t AddLanes(const int32x4_t* s) {
  const int32x2_t c0 = vadd_s32(vget_low_s32(s[0]), vget_high_s32(s[0]));
  const int32x2_t c1 = vadd_s32(vget_low_s32(s[1]), vget_high_s32(s[1]));
  const int32x2_t c2 = vadd_s32(vget_low_s32(s[2]), vget_high_s32(s[2]));
  const int32x2_t c3 = vadd_s32(vget_low_s32(s[3]), vget_high_s32(s[3]));
  return vcombine_s32(vpadd_s32(c0, c1), vpadd_s32(c2, c3));
}

}  // namespace fragua::driver::neon
