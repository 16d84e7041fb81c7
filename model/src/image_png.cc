#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "fragua/model/error.h"
#include "image_codecs.h"

namespace fragua::model {
namespace {

// libpng reports errors by longjmp, which must not cross a frame that owns anything: everything
// lives here, the frames that are jumped over hold only plain values.
struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const uint8_t> rest;
  char error[160] = "";
  std::vector<png_bytep> rows;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

void OnError(png_structp png, png_const_charp text) {
  auto* decoder = static_cast<Decoder*>(png_get_error_ptr(png));
  std::strncpy(decoder->error, text, sizeof(decoder->error) - 1);
  png_longjmp(png, 1);
}

void OnWarning(png_structp, png_const_charp) {}

void OnRead(png_structp png, png_bytep to, size_t count) {
  auto* decoder = static_cast<Decoder*>(png_get_io_ptr(png));
  if (count > decoder->rest.size()) png_error(png, "the file ends early");
  std::memcpy(to, decoder->rest.data(), count);
  decoder->rest = decoder->rest.subspan(count);
}

// Reads the header and asks for plain 8-bit RGB whatever the file holds.
bool ReadHeader(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_set_read_fn(decoder.png, &decoder, OnRead);
  png_read_info(decoder.png, decoder.info);
  png_set_scale_16(decoder.png);
  png_set_expand(decoder.png);
  png_set_gray_to_rgb(decoder.png);
  png_set_strip_alpha(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  return true;
}

bool ReadPixels(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_read_image(decoder.png, decoder.rows.data());
  png_read_end(decoder.png, nullptr);
  return true;
}

}  // namespace

Image DecodePng(std::span<const uint8_t> bytes, const std::string& name) {
  Decoder decoder;
  decoder.rest = bytes;
  const auto fail = [&] {
    ThrowInput(fmt::format("{}: not a sound PNG picture: {}", name, decoder.error));
  };
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, OnError, OnWarning);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) ThrowInput(name + ": libpng cannot be initialised");
  if (!ReadHeader(decoder)) fail();

  Image image = AllocateImage(png_get_image_width(decoder.png, decoder.info),
                              png_get_image_height(decoder.png, decoder.info), name);
  const auto row_bytes = static_cast<size_t>(image.width) * 3;
  FRAGUA_CHECK(png_get_rowbytes(decoder.png, decoder.info) == row_bytes,
               fmt::format("{} bytes per row, expected {}",
                           png_get_rowbytes(decoder.png, decoder.info), row_bytes));
  for (int row = 0; row < image.height; ++row) {
    decoder.rows.push_back(image.rgb.data() + static_cast<size_t>(row) * row_bytes);
  }
  if (!ReadPixels(decoder)) fail();
  return image;
}

}  // namespace fragua::model
