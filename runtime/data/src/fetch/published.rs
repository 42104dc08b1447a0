//! What is published where, and how it is known again.
//!
//! Sizes and SHA-256 of the downloads are those TensorFlow Datasets records (`url_checksums/*.txt`). MD5 are the publishers' own for
//! Fashion-MNIST (<https://github.com/zalandoresearch/fashion-mnist>) and CIFAR (<https://www.cs.toronto.edu/~kriz/cifar.html>), for MNIST those
//! of torchvision. SHA-256 of the content were computed from copies of MNIST, Fashion-MNIST and CIFAR-100; those of CIFAR-10 are the ones
//! that torchvision for Ruby holds its files to, whose CIFAR-100 ones are equal to those computed.

use elbo_compiler::ir::DataSource;

/// A data set as it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Which set.
    pub source: DataSource,
    /// The files that are fetched.
    pub downloads: &'static [Download],
}

/// A file that is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Download {
    /// Its name.
    pub name: &'static str,
    /// Where its publisher has it.
    pub url: &'static str,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: &'static str,
    /// MD5 of its bytes, in lower-case hexadecimal.
    pub md5: &'static str,
    /// What is done with it.
    pub form: Form,
    /// What is in it.
    pub contents: &'static [Content],
}

/// What is done with a fetched file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One compressed file, which is kept as it is.
    Gzip,
    /// A compressed archive, which is unpacked.
    Archive {
        /// The folder that the members lie in.
        folder: &'static str,
    },
}

/// A file as the loader reads it, decompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Its name in [`crate::Layout`].
    pub name: &'static str,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: &'static str,
}

impl Published {
    /// What is published of a set; `None` where there is nothing to fetch: `digits` is embedded, and notMNIST has no official IDX form.
    pub const fn of(source: DataSource) -> Option<&'static Self> {
        match source {
            DataSource::Mnist => Some(&MNIST),
            DataSource::FashionMnist => Some(&FASHION_MNIST),
            DataSource::Cifar10 => Some(&CIFAR_10),
            DataSource::Cifar100 => Some(&CIFAR_100),
            DataSource::Digits | DataSource::Notmnist => None,
        }
    }

    /// Bytes that are fetched.
    pub fn bytes(&self) -> u64 {
        self.downloads.iter().map(|download| download.bytes).sum()
    }

    /// Every file as the loader reads it.
    pub fn contents(&self) -> impl Iterator<Item = &'static Content> {
        self.downloads.iter().flat_map(|download| download.contents)
    }
}

const IMAGES_OF_TRAINING: &str = "train-images-idx3-ubyte";
const LABELS_OF_TRAINING: &str = "train-labels-idx1-ubyte";
const IMAGES_OF_TEST: &str = "t10k-images-idx3-ubyte";
const LABELS_OF_TEST: &str = "t10k-labels-idx1-ubyte";

/// 16 bytes of header and 28 × 28 pixels an image; 8 bytes of header and a byte a label (LeCun, Cortes and Burges).
const fn images(count: u64) -> u64 {
    16 + count * 28 * 28
}

const fn labels(count: u64) -> u64 {
    8 + count
}

static MNIST: Published = Published {
    source: DataSource::Mnist,
    downloads: &[
        Download {
            name: "train-images-idx3-ubyte.gz",
            url: "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
            bytes: 9_912_422,
            sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            form: Form::Gzip,
            contents: &[Content {
                name: IMAGES_OF_TRAINING,
                bytes: images(60_000),
                sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            }],
        },
        Download {
            name: "train-labels-idx1-ubyte.gz",
            url: "https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz",
            bytes: 28_881,
            sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            md5: "d53e105ee54ea40749a09fcbcd1e9432",
            form: Form::Gzip,
            contents: &[Content {
                name: LABELS_OF_TRAINING,
                bytes: labels(60_000),
                sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            }],
        },
        Download {
            name: "t10k-images-idx3-ubyte.gz",
            url: "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz",
            bytes: 1_648_877,
            sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            md5: "9fb629c4189551a2d022fa330f9573f3",
            form: Form::Gzip,
            contents: &[Content {
                name: IMAGES_OF_TEST,
                bytes: images(10_000),
                sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            }],
        },
        Download {
            name: "t10k-labels-idx1-ubyte.gz",
            url: "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz",
            bytes: 4_542,
            sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            md5: "ec29112dd5afa0611ce80d1b7f02629c",
            form: Form::Gzip,
            contents: &[Content {
                name: LABELS_OF_TEST,
                bytes: labels(10_000),
                sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            }],
        },
    ],
};

static FASHION_MNIST: Published = Published {
    source: DataSource::FashionMnist,
    downloads: &[
        Download {
            name: "train-images-idx3-ubyte.gz",
            url: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz",
            bytes: 26_421_880,
            sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            md5: "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            form: Form::Gzip,
            contents: &[Content {
                name: IMAGES_OF_TRAINING,
                bytes: images(60_000),
                sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            }],
        },
        Download {
            name: "train-labels-idx1-ubyte.gz",
            url: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-labels-idx1-ubyte.gz",
            bytes: 29_515,
            sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            md5: "25c81989df183df01b3e8a0aad5dffbe",
            form: Form::Gzip,
            contents: &[Content {
                name: LABELS_OF_TRAINING,
                bytes: labels(60_000),
                sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            }],
        },
        Download {
            name: "t10k-images-idx3-ubyte.gz",
            url: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-images-idx3-ubyte.gz",
            bytes: 4_422_102,
            sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            md5: "bef4ecab320f06d8554ea6380940ec79",
            form: Form::Gzip,
            contents: &[Content {
                name: IMAGES_OF_TEST,
                bytes: images(10_000),
                sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            }],
        },
        Download {
            name: "t10k-labels-idx1-ubyte.gz",
            url: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz",
            bytes: 5_148,
            sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            md5: "bb300cfdad3c16e7a12a480ee83cd310",
            form: Form::Gzip,
            contents: &[Content {
                name: LABELS_OF_TEST,
                bytes: labels(10_000),
                sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            }],
        },
    ],
};

/// Ten thousand records of a label and 3 × 32 × 32 pixels.
const CIFAR_10_BATCH: u64 = 10_000 * (1 + 3 * 32 * 32);

static CIFAR_10: Published = Published {
    source: DataSource::Cifar10,
    downloads: &[Download {
        name: "cifar-10-binary.tar.gz",
        url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        bytes: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        md5: "c32a1d4ab5d03f1284b67883e8d87530",
        form: Form::Archive { folder: "cifar-10-batches-bin" },
        contents: &[
            Content {
                name: "data_batch_1.bin",
                bytes: CIFAR_10_BATCH,
                sha256: "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            },
            Content {
                name: "data_batch_2.bin",
                bytes: CIFAR_10_BATCH,
                sha256: "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            },
            Content {
                name: "data_batch_3.bin",
                bytes: CIFAR_10_BATCH,
                sha256: "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            },
            Content {
                name: "data_batch_4.bin",
                bytes: CIFAR_10_BATCH,
                sha256: "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            },
            Content {
                name: "data_batch_5.bin",
                bytes: CIFAR_10_BATCH,
                sha256: "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            },
            Content {
                name: "test_batch.bin",
                bytes: CIFAR_10_BATCH,
                sha256: "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
            },
        ],
    }],
};

/// A record of CIFAR-100: two labels and 3 × 32 × 32 pixels.
const CIFAR_100_RECORD: u64 = 2 + 3 * 32 * 32;

static CIFAR_100: Published = Published {
    source: DataSource::Cifar100,
    downloads: &[Download {
        name: "cifar-100-binary.tar.gz",
        url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        bytes: 168_513_733,
        sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        md5: "03b5dce01913d631647c71ecec9e9cb8",
        form: Form::Archive { folder: "cifar-100-binary" },
        contents: &[
            Content {
                name: "train.bin",
                bytes: 50_000 * CIFAR_100_RECORD,
                sha256: "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
            },
            Content {
                name: "test.bin",
                bytes: 10_000 * CIFAR_100_RECORD,
                sha256: "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
            },
        ],
    }],
};
