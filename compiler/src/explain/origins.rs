//! Where marks came from, in words.

use crate::line_index::LineIndex;
use crate::origin::{LayerOrigin, MarkOrigin};
use crate::sources::SourceMap;

/// For each layer where its mark was written; empty for a layer without one.
pub fn marks<'o>(layers: impl IntoIterator<Item = &'o LayerOrigin>, sources: &SourceMap) -> Vec<String> {
    let mut indices: Vec<Option<LineIndex<'_>>> = Vec::new();
    layers
        .into_iter()
        .map(|origin| {
            let Some(mark) = &origin.mark else { return String::new() };
            let (source, span) = mark.place();
            let file = sources.get(source);
            if indices.len() <= source.0 {
                indices.resize_with(source.0 + 1, || None);
            }
            let lines = indices[source.0].get_or_insert_with(|| LineIndex::new(&file.text));
            let line = lines.position(span.start).line;
            let place = if source.0 == 0 { format!("line {line}") } else { format!("{}:{line}", file.path) };
            match mark {
                MarkOrigin::Layer(_) => format!("its own, {place}"),
                MarkOrigin::Instance(_) => format!("its block instance, {place}"),
                MarkOrigin::Default { model, .. } => format!("default of {model}, {place}"),
                MarkOrigin::Statement { model, .. } => format!("`mark` of {model}, {place}"),
            }
        })
        .collect()
}
