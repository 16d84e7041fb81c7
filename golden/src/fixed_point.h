#pragma once
// Fixed-point functions of the int8 softmax. Q(i) below means int32 with i integer bits and 31 - i
// fraction bits.

#include <cstdint>

namespace fragua::golden {

/// exp(a) for a <= 0 in Q(integer_bits), integer_bits 0..5; the result in Q0 (1 is INT32_MAX).
int32_t ExpOfNegative(int32_t a, int integer_bits);

/// 1/x for x > 0 in Q(integer_bits), as result * 2^-exponent with the result in Q0.
int32_t Reciprocal(int32_t x, int integer_bits, int* exponent);

}  // namespace fragua::golden
