#include <fmt/format.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>
// libjpeg's headers need <cstdio> before them.
#include <jerror.h>
#include <jpeglib.h>

#include "fragua/model/error.h"
#include "image_codecs.h"

namespace fragua::model {
namespace {

// As for PNG: the library leaves by longjmp, so all that owns memory is out of the frames it jumps
// over.
struct Decoder {
  jpeg_error_mgr errors = {};  // first, so that the library's pointer to it leads back here
  jpeg_decompress_struct jpeg = {};
  std::jmp_buf jump = {};
  char error[JMSG_LENGTH_MAX] = "";
  bool created = false;
  ~Decoder() {
    if (created) jpeg_destroy_decompress(&jpeg);
  }
};

Decoder& Of(j_common_ptr jpeg) { return *reinterpret_cast<Decoder*>(jpeg->err); }

[[noreturn]] void Leave(j_common_ptr jpeg) {
  Decoder& decoder = Of(jpeg);
  (*jpeg->err->format_message)(jpeg, decoder.error);
  std::longjmp(decoder.jump, 1);
}

// The library only warns when the data end early and fills the rest with grey; that is not the
// picture.
void OnMessage(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  const int code = jpeg->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE) Leave(jpeg);
}

void OnOutput(j_common_ptr) {}

bool ReadHeader(Decoder& decoder, const uint8_t* data, size_t size) {
  if (setjmp(decoder.jump) != 0) return false;
  jpeg_create_decompress(&decoder.jpeg);
  decoder.created = true;
  jpeg_mem_src(&decoder.jpeg, data, static_cast<unsigned long>(size));
  jpeg_read_header(&decoder.jpeg, TRUE);
  return true;
}

bool ReadPixels(Decoder& decoder, uint8_t* rgb) {
  if (setjmp(decoder.jump) != 0) return false;
  decoder.jpeg.out_color_space = JCS_RGB;
  jpeg_start_decompress(&decoder.jpeg);
  while (decoder.jpeg.output_scanline < decoder.jpeg.output_height) {
    JSAMPROW row = rgb + static_cast<size_t>(decoder.jpeg.output_scanline) *
                             static_cast<size_t>(decoder.jpeg.output_width) * 3;
    jpeg_read_scanlines(&decoder.jpeg, &row, 1);
  }
  jpeg_finish_decompress(&decoder.jpeg);
  return true;
}

}  // namespace

Image DecodeJpeg(std::span<const uint8_t> bytes, const std::string& name) {
  Decoder decoder;
  decoder.jpeg.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = Leave;
  decoder.errors.emit_message = OnMessage;
  decoder.errors.output_message = OnOutput;
  const auto fail = [&] {
    ThrowInput(fmt::format("{}: not a sound JPEG picture: {}", name, decoder.error));
  };
  if (!ReadHeader(decoder, bytes.data(), bytes.size())) fail();
  if (decoder.jpeg.num_components != 1 && decoder.jpeg.num_components != 3) {
    ThrowInput(
        fmt::format("{}: JPEG with {} colour components (CMYK for print has 4); expected grey "
                    "or RGB; convert the picture to RGB",
                    name, decoder.jpeg.num_components));
  }
  Image image = AllocateImage(decoder.jpeg.image_width, decoder.jpeg.image_height, name);
  if (!ReadPixels(decoder, image.rgb.data())) fail();
  return image;
}

}  // namespace fragua::model
