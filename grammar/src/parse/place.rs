//! Where a broken piece of text stands.

use super::rules::Rule;

/// Where a broken piece stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A declaration of one line, or an `@allow` or `language` line.
    Line,
    /// Between the keyword of a declaration and its `{`.
    Header,
    /// In the body of a model or block.
    Layers,
    /// In the body of settings.
    Keys,
    /// Behind a `}`.
    Tail,
    /// A lone value.
    Value,
}

impl Place {
    /// The rule that reads a piece alone.
    pub const fn rule(self) -> Rule {
        match self {
            Self::Line => Rule::lone_line,
            Self::Header => Rule::lone_header,
            Self::Layers | Self::Tail => Rule::lone_layer,
            Self::Keys => Rule::lone_entry,
            Self::Value => Rule::lone_value,
        }
    }
}
