#include "preprocess_option.h"

#include <gtest/gtest.h>

#include "fragua/model/error.h"

namespace fragua::app {
namespace {

TEST(PreprocessOptionTest, ReadsOrderMeansAndScales) {
  const model::Preprocess read = ReadPreprocess("bgr:104,117,123:1,0.5,2");
  EXPECT_TRUE(read.bgr);
  EXPECT_EQ(read.mean[1], 117.0F);
  EXPECT_EQ(read.scale[2], 2.0F);
  EXPECT_EQ(read.pixel_scale, 1.0F);
}

TEST(PreprocessOptionTest, KnowsTheNamedOnes) {
  EXPECT_TRUE(ReadPreprocess("caffe-bgr").bgr);
  EXPECT_FALSE(ReadPreprocess("torchvision").bgr);
}

TEST(PreprocessOptionTest, RefusesWhatIsNotThreeNumbers) {
  for (const char* bad :
       {"rgb", "gbr:1,2,3:1,1,1", "rgb:1,2:1,1,1", "rgb:1,2,3,4:1,1,1", "rgb:1,2,x:1,1,1",
        "rgb:1,2,3:1,1,nan", "rgb:1,2,3", "rgb:1,2,3:", "rgb::1,1,1"}) {
    EXPECT_THROW(ReadPreprocess(bad), Error) << bad;
  }
}

}  // namespace
}  // namespace fragua::app
