#include "fragua/model/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <numeric>
// libjpeg's header needs <cstdio> before it.
#include <jpeglib.h>

#include "fragua/model/error.h"
#include "fragua/model/preprocess.h"

namespace fragua::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "no error";
}

// A picture whose every pixel is known: a slow ramp, a fast one and their mixture.
Image Pattern(int height, int width) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.rgb.push_back(static_cast<uint8_t>((7 * x + 13 * y) % 256));
      image.rgb.push_back(static_cast<uint8_t>((x * y) % 256));
      image.rgb.push_back(static_cast<uint8_t>((31 * x + 101 * y) % 256));
    }
  }
  return image;
}

uint32_t Fnv1a(const std::vector<uint8_t>& bytes) {
  uint32_t hash = 2166136261U;
  for (const uint8_t byte : bytes) hash = (hash ^ byte) * 16777619U;
  return hash;
}

struct PngRows {
  int width, height, depth, color_type;
  std::vector<uint8_t> samples;  // rows without gaps
  bool interlaced = false;
};

std::vector<uint8_t> WritePng(const PngRows& rows) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  std::vector<uint8_t> bytes;
  png_set_write_fn(
      png, &bytes,
      [](png_structp p, png_bytep data, size_t size) {
        auto* to = static_cast<std::vector<uint8_t>*>(png_get_io_ptr(p));
        to->insert(to->end(), data, data + size);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(rows.width),
               static_cast<png_uint_32>(rows.height), rows.depth, rows.color_type,
               rows.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (rows.color_type == PNG_COLOR_TYPE_PALETTE) {
    const png_color palette[4] = {{10, 20, 30}, {40, 50, 60}, {70, 80, 90}, {255, 0, 1}};
    png_set_PLTE(png, info, palette, 4);
    const png_byte alpha[2] = {0, 128};
    png_set_tRNS(png, info, alpha, 2, nullptr);
  }
  png_write_info(png, info);
  const size_t row_bytes = rows.samples.size() / static_cast<size_t>(rows.height);
  std::vector<png_bytep> pointers;
  for (int y = 0; y < rows.height; ++y) {
    pointers.push_back(const_cast<png_bytep>(rows.samples.data()) +
                       static_cast<size_t>(y) * row_bytes);
  }
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

std::vector<uint8_t> WriteJpeg(const Image& image, J_COLOR_SPACE space, int components) {
  jpeg_compress_struct jpeg = {};
  jpeg_error_mgr errors = {};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &data, &size);
  jpeg.image_width = static_cast<JDIMENSION>(image.width);
  jpeg.image_height = static_cast<JDIMENSION>(image.height);
  jpeg.input_components = components;
  jpeg.in_color_space = space;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 95, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  std::vector<uint8_t> row(static_cast<size_t>(image.width) * static_cast<size_t>(components));
  for (int y = 0; y < image.height; ++y) {
    for (size_t i = 0; i < row.size(); ++i) {
      const size_t pixel = i / static_cast<size_t>(components);
      const size_t channel = std::min<size_t>(i % static_cast<size_t>(components), 2);
      row[i] = image.pixel(y, static_cast<int>(pixel))[channel];
    }
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&jpeg, &pointer, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::vector<uint8_t> bytes(data, data + size);
  jpeg_destroy_compress(&jpeg);
  std::free(data);
  return bytes;
}

TEST(ReadImage, ReadsEveryKindOfPng) {
  const Image image = Pattern(5, 9);
  EXPECT_EQ(ReadImageBytes(WritePng({9, 5, 8, PNG_COLOR_TYPE_RGB, image.rgb}), "rgb"), image);
  EXPECT_EQ(ReadImageBytes(WritePng({9, 5, 8, PNG_COLOR_TYPE_RGB, image.rgb, true}), "adam7"),
            image);
  EXPECT_THAT(ReadImageBytes(WritePng({2, 1, 8, PNG_COLOR_TYPE_GRAY, {7, 200}}), "grey").rgb,
              ElementsAre(7, 7, 7, 200, 200, 200));
  EXPECT_THAT(ReadImageBytes(WritePng({2, 1, 1, PNG_COLOR_TYPE_GRAY, {0x40}}), "bits").rgb,
              ElementsAre(0, 0, 0, 255, 255, 255));
  // Two bits per pixel: entries 0, 1, 3.
  EXPECT_THAT(ReadImageBytes(WritePng({3, 1, 2, PNG_COLOR_TYPE_PALETTE, {0x1C}}), "palette").rgb,
              ElementsAre(10, 20, 30, 40, 50, 60, 255, 0, 1));
  EXPECT_THAT(
      ReadImageBytes(WritePng({1, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, {1, 2, 3, 0}}), "alpha").rgb,
      ElementsAre(1, 2, 3));
  // 16 bits: 0x10A0 is nearer to 0x11 * 257 than to 0x10 * 257.
  EXPECT_THAT(
      ReadImageBytes(WritePng({1, 1, 16, PNG_COLOR_TYPE_RGB, {0x10, 0xA0, 0x80, 0x80, 0x00, 0x10}}),
                     "16")
          .rgb,
      ElementsAre(0x11, 0x80, 0x00));
}

TEST(ReadImage, ReadsJpegInGreyAndColourButNotCmyk) {
  Image smooth{16, 16, {}};
  for (int i = 0; i < 256; ++i) {
    for (int c = 0; c < 3; ++c) smooth.rgb.push_back(static_cast<uint8_t>(60 + i / 16 + 40 * c));
  }
  const Image colour = ReadImageBytes(WriteJpeg(smooth, JCS_RGB, 3), "rgb");
  ASSERT_EQ(colour.rgb.size(), smooth.rgb.size());
  for (size_t i = 0; i < smooth.rgb.size(); ++i) ASSERT_NEAR(colour.rgb[i], smooth.rgb[i], 4);
  const Image grey = ReadImageBytes(WriteJpeg(smooth, JCS_GRAYSCALE, 1), "grey");
  for (size_t i = 0; i < smooth.rgb.size(); ++i) {
    ASSERT_NEAR(grey.rgb[i], smooth.rgb[i / 3 * 3], 2);
  }
  EXPECT_THAT(ErrorOf([&] { ReadImageBytes(WriteJpeg(smooth, JCS_CMYK, 4), "print.jpg"); }),
              HasSubstr("print.jpg: JPEG with 4 colour components"));
}

std::vector<uint8_t> Text(const std::string& text) { return {text.begin(), text.end()}; }

TEST(ReadImage, ReadsPortableMaps) {
  EXPECT_THAT(ReadImageBytes(Text("P6\n# made by hand\n2 1 # size\n255\nabcdef"), "ppm").rgb,
              ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
  EXPECT_THAT(ReadImageBytes(Text("P5 1 1 100\n2"), "pgm").rgb, ElementsAre(128, 128, 128));
  EXPECT_THAT(ReadImageBytes(Text(std::string("P5 1 1 65535\n\xFF\xFF", 15)), "deep").rgb,
              ElementsAre(255, 255, 255));
  for (const char* bad : {"P6", "P6\n2", "P6 2 1 0\nabcdef", "P6 2 1 70000\nabcdef", "P6 2 x 9\nab",
                          "P6 0 1 255\n", "P6 999999999 999999999 255\n", "P6 2 1 255\nabcde"}) {
    EXPECT_THAT(ErrorOf([&] { ReadImageBytes(Text(bad), "bad.ppm"); }), HasSubstr("bad.ppm"));
  }
}

TEST(ReadImage, RefusesTruncatedAndUnknownFiles) {
  const Image image = Pattern(20, 20);
  for (const std::vector<uint8_t>& sound :
       {WritePng({20, 20, 8, PNG_COLOR_TYPE_RGB, image.rgb}), WriteJpeg(image, JCS_RGB, 3)}) {
    ASSERT_EQ(ReadImageBytes(sound, "sound").height, 20);
    for (size_t size = 0; size + 2 < sound.size(); ++size) {
      EXPECT_NE(ErrorOf([&] { ReadImageBytes(std::span(sound).first(size), "short"); }), "no error")
          << size << " of " << sound.size();
    }
  }
  EXPECT_THAT(ErrorOf([] { ReadImageBytes(Text("GIF89a"), "x.gif"); }), HasSubstr("no known kind"));
  EXPECT_THAT(ErrorOf([] { ReadImage("/no/such/picture.png"); }),
              HasSubstr("/no/such/picture.png"));
  EXPECT_THAT(ErrorOf([] { ReadImage("/"); }), HasSubstr("/:"));
}

// The hashes are of what Pillow 9.4.0 gives for the same picture: resize((w, h), BILINEAR), and for
// the last the short side to 256 and the crop of torchvision's CenterCrop.
TEST(Resize, GivesTheBytesOfPillow) {
  const Image image = Pattern(101, 67);
  EXPECT_EQ(Fnv1a(image.rgb), 0x2a1cb75bU);
  EXPECT_EQ(Fnv1a(ResizeBilinear(image, 33, 29).rgb), 0x3aac6df8U);
  EXPECT_EQ(Fnv1a(ResizeBilinear(image, 150, 67).rgb), 0xa93486e0U);
  EXPECT_EQ(Fnv1a(ResizeBilinear(image, 40, 200).rgb), 0x2fd4aa37U);
  EXPECT_EQ(Fnv1a(ResizeForNetwork(image, 224, 227, ResizeMode::kShort256).rgb), 0xf08f3265U);
  EXPECT_EQ(Fnv1a(ResizeForNetwork(image, 299, 299, ResizeMode::kShort256).rgb), 0x65a44bc9U);
}

TEST(Resize, CutsTheCentre) {
  const Image image = Pattern(227, 230);
  const Image cut = ResizeForNetwork(image, 224, 225, ResizeMode::kNone);
  EXPECT_EQ(cut, Crop(image, 1, 2, 224, 225));
  EXPECT_TRUE(std::equal(cut.pixel(3, 4), cut.pixel(3, 5), image.pixel(4, 6)));
  EXPECT_EQ(ResizeForNetwork(image, 227, 230, ResizeMode::kNone), image);
  EXPECT_THAT(ErrorOf([&] { ResizeForNetwork(image, 228, 100, ResizeMode::kNone); }),
              HasSubstr("230 x 227 pixels, the network takes 100 x 228"));
  EXPECT_THAT(ErrorOf([] { ResizeForNetwork(Pattern(1, 5000), 224, 224, ResizeMode::kShort256); }),
              HasSubstr("too narrow"));
  EXPECT_THAT(ErrorOf([] { ParseResizeMode("big"); }), HasSubstr("'big'"));
}

TEST(Preprocess, NormalisesInTheOrderOfTheNetwork) {
  const Image pixel{1, 1, {10, 20, 30}};
  const auto floats = [&](const std::string& name) {
    const std::vector<uint8_t> bytes = FloatInput(pixel, ParsePreprocess(name));
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  };
  EXPECT_THAT(floats("none"), ElementsAre(10, 20, 30));
  EXPECT_THAT(floats("caffe-bgr"), ElementsAre(30 - 104, 20 - 117, 10 - 123));
  EXPECT_NEAR(floats("torchvision")[1], (20 / 255.0 - 0.456) / 0.224, 1e-6);
  EXPECT_THAT(Int8Input({1, 1, {0, 128, 255}}), ElementsAre(0x80, 0x00, 0x7F));
  EXPECT_THAT(ErrorOf([] { ParsePreprocess("keras"); }), HasSubstr("'keras'"));
}

TEST(Preprocess, MakesTheInputThatTheNetworkTakes) {
  Graph graph;
  graph.tensors.push_back({"data", DataType::kInt8, {1, 2, 3, 3}, {{1.0F}, {-128}, 0}, {}});
  graph.inputs = {0};
  const Preprocess none;
  EXPECT_THAT(ErrorOf([&] { MakeInput(graph, Pattern(2, 3), none); }), HasSubstr("raw input"));
  graph.input_encoding = "rgb8";
  EXPECT_EQ(MakeInput(graph, Pattern(2, 3), none), Int8Input(Pattern(2, 3)));
  EXPECT_THAT(ErrorOf([&] { MakeInput(graph, Pattern(3, 2), none); }),
              HasSubstr("the picture is [1, 3, 2, 3]"));
  graph.tensors[0].type = DataType::kFloat32;
  EXPECT_EQ(MakeInput(graph, Pattern(2, 3), none), FloatInput(Pattern(2, 3), none));
}

}  // namespace
}  // namespace fragua::model
