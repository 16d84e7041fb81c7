#pragma once
// Windows of a pooling operator, cut to the map: padding is never pooled.

#include "op_context.h"

namespace fragua::golden {

/// Calls visit(oy, ox, y0, y1, x0, x1) for each output pixel with its half-open window; refuses
/// empty windows.
template <typename Visit>
void ForEachWindow(const OpContext& context, const MapShape& in, const MapShape& out,
                   const Visit& visit) {
  const model::Attributes& a = context.attributes();
  if (in.c != out.c) context.Refuse("pooling does not change the number of channels");
  for (int oy = 0; oy < out.h; ++oy) {
    const int top = oy * a.stride_h - a.padding.top;
    const int y0 = top < 0 ? 0 : top;
    const int y1 = top + a.filter_h < in.h ? top + a.filter_h : in.h;
    for (int ox = 0; ox < out.w; ++ox) {
      const int left = ox * a.stride_w - a.padding.left;
      const int x0 = left < 0 ? 0 : left;
      const int x1 = left + a.filter_w < in.w ? left + a.filter_w : in.w;
      if (y0 >= y1 || x0 >= x1) context.Refuse("a window lies wholly outside the map");
      visit(oy, ox, y0, y1, x0, x1);
    }
  }
}

}  // namespace fragua::golden
