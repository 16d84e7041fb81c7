#include "test_picture.h"

namespace fragua::app {

model::Image TestPicture(int height, int width) {
  model::Image image;
  image.width = width;
  image.height = height;
  image.rgb.reserve(static_cast<size_t>(height) * static_cast<size_t>(width) * 3);
  const int radius = height < width ? height / 4 : width / 4;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int dx = x - width / 2;
      const int dy = y - height / 2;
      const bool disc = dx * dx + dy * dy < radius * radius;
      const bool board = ((x / 8) + (y / 8)) % 2 == 0 && x < width / 3 && y > 2 * height / 3;
      const int red = 255 * x / (width > 1 ? width - 1 : 1);
      const int green = 255 * y / (height > 1 ? height - 1 : 1);
      const int blue = disc ? 255 - red : (board ? 255 : (red + green) / 2);
      for (const int value : {disc ? 255 - green : red, board ? 0 : green, blue}) {
        image.rgb.push_back(static_cast<uint8_t>(value));
      }
    }
  }
  return image;
}

}  // namespace fragua::app
