//! The messages of an event file: those parts of TensorFlow's and TensorBoard's protocol buffers that are written here
//! (`event.proto`, `summary.proto`, `tensor.proto`, `plugins/hparams/plugin_data.proto`, `google/protobuf/struct.proto`).

use prost::{Message, Oneof};
use std::collections::BTreeMap;

/// `tensorflow.Event`, one record of the file.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    /// Steps taken.
    #[prost(int64, tag = "2")]
    pub step: i64,
    #[prost(oneof = "What", tags = "3, 5")]
    pub what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum What {
    /// The first event of a file.
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

/// `tensorflow.Summary`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<Value>,
}

/// `tensorflow.Summary.Value`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Value {
    /// Its name; what stands before the first slash is its group.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// Of the first value of a tag; which plugin shows it.
    #[prost(message, optional, tag = "9")]
    pub metadata: Option<Metadata>,
    #[prost(oneof = "Content", tags = "2, 4, 5, 8")]
    pub content: Option<Content>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Content {
    #[prost(float, tag = "2")]
    Scalar(f32),
    #[prost(message, tag = "4")]
    Image(Image),
    #[prost(message, tag = "5")]
    Histogram(Histogram),
    #[prost(message, tag = "8")]
    Tensor(Tensor),
}

/// `tensorflow.SummaryMetadata`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Metadata {
    #[prost(message, optional, tag = "1")]
    pub plugin: Option<Plugin>,
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// Markdown.
    #[prost(string, tag = "3")]
    pub description: String,
}

/// `tensorflow.SummaryMetadata.PluginData`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Plugin {
    #[prost(string, tag = "1")]
    pub name: String,
    /// A message of the plugin's own.
    #[prost(bytes = "vec", tag = "2")]
    pub content: Vec<u8>,
}

/// `tensorflow.Summary.Image`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Image {
    #[prost(int32, tag = "1")]
    pub height: i32,
    #[prost(int32, tag = "2")]
    pub width: i32,
    /// Channels: 4 for red, green, blue and opacity.
    #[prost(int32, tag = "3")]
    pub colorspace: i32,
    /// A PNG file.
    #[prost(bytes = "vec", tag = "4")]
    pub encoded: Vec<u8>,
}

/// `tensorflow.HistogramProto`. Bucket i ends at `bucket_limit[i]` and begins where the one before it ends, the first at
/// `min`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Histogram {
    #[prost(double, tag = "1")]
    pub min: f64,
    #[prost(double, tag = "2")]
    pub max: f64,
    /// How many values.
    #[prost(double, tag = "3")]
    pub num: f64,
    #[prost(double, tag = "4")]
    pub sum: f64,
    #[prost(double, tag = "5")]
    pub sum_squares: f64,
    #[prost(double, repeated, tag = "6")]
    pub bucket_limit: Vec<f64>,
    /// How many values in each.
    #[prost(double, repeated, tag = "7")]
    pub bucket: Vec<f64>,
}

/// `tensorflow.TensorProto` of texts.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    /// 7 for texts.
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub texts: Vec<Vec<u8>>,
}

/// `tensorflow.TensorShapeProto`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Shape {
    #[prost(message, repeated, tag = "2")]
    pub dimensions: Vec<Dimension>,
}

/// `tensorflow.TensorShapeProto.Dim`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Dimension {
    #[prost(int64, tag = "1")]
    pub size: i64,
}

/// `tensorboard.hparams.HParamsPluginData`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Hyperparameters {
    #[prost(int32, tag = "1")]
    pub version: i32,
    #[prost(oneof = "Session", tags = "3, 4")]
    pub session: Option<Session>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Session {
    #[prost(message, tag = "3")]
    Start(SessionStart),
    #[prost(message, tag = "4")]
    End(SessionEnd),
}

/// `tensorboard.hparams.SessionStartInfo`
#[derive(Clone, PartialEq, Message)]
pub(super) struct SessionStart {
    #[prost(btree_map = "string, message", tag = "1")]
    pub hyperparameters: BTreeMap<String, Setting>,
    /// Runs of one group are repetitions of each other.
    #[prost(string, tag = "4")]
    pub group_name: String,
    /// Since 1970.
    #[prost(double, tag = "5")]
    pub start_seconds: f64,
}

/// `tensorboard.hparams.SessionEndInfo`
#[derive(Clone, PartialEq, Message)]
pub(super) struct SessionEnd {
    /// 1 for success.
    #[prost(int32, tag = "1")]
    pub status: i32,
    /// Since 1970.
    #[prost(double, tag = "2")]
    pub end_seconds: f64,
}

/// `google.protobuf.Value`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Setting {
    #[prost(oneof = "SettingKind", tags = "2, 3, 4")]
    pub kind: Option<SettingKind>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum SettingKind {
    #[prost(double, tag = "2")]
    Number(f64),
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bool, tag = "4")]
    Switch(bool),
}

impl Event {
    /// Values at a point in time.
    pub fn summary(wall_time: f64, step: i64, values: Vec<Value>) -> Self {
        Self { wall_time, step, what: Some(What::Summary(Summary { values })) }
    }
}

impl Value {
    /// A value that its content alone tells how to show.
    pub fn plain(tag: String, content: Content) -> Self {
        Self { tag, metadata: None, content: Some(content) }
    }

    /// One text, as Markdown.
    pub fn text(tag: &str, markdown: String) -> Self {
        const TEXT: i32 = 7;
        let shape = Shape { dimensions: vec![Dimension { size: 1 }] };
        let tensor = Tensor { dtype: TEXT, shape: Some(shape), texts: vec![markdown.into_bytes()] };
        Self::of_plugin(tag, Plugin { name: "text".to_owned(), content: Vec::new() }, Some(Content::Tensor(tensor)))
    }

    /// What a plugin knows how to show.
    pub fn of_plugin(tag: &str, plugin: Plugin, content: Option<Content>) -> Self {
        let metadata = Metadata { plugin: Some(plugin), display_name: String::new(), description: String::new() };
        Self { tag: tag.to_owned(), metadata: Some(metadata), content }
    }
}
