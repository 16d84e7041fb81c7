#pragma once
// Two convolutions for tests of the platform: one soon over, one that takes its time.

#include "support/conv_case.h"

namespace fragua::test {

inline const ConvShape kSmall = {.rows = 7, .columns = 5, .channels = 16, .outputs = 48};
inline const ConvShape kLong = {.rows = 14,
                                .columns = 14,
                                .channels = 48,
                                .outputs = 16,
                                .kernel_h = 3,
                                .kernel_w = 3,
                                .pad_top = 1,
                                .pad_left = 1,
                                .pad_bottom = 1,
                                .pad_right = 1};

}  // namespace fragua::test
