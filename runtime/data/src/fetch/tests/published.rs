//! The table of what is published.

use super::super::FetchError;
use super::super::location::Location;
use super::super::{Form, Published, fetch};
use super::from;
use crate::Layout;
use elbo_compiler::ir::DataSource;

#[test]
fn the_table_gives_what_the_loader_reads() {
    for source in DataSource::ALL {
        let layout = Layout::of(source);
        let fetched = layout.is_some_and(|layout| layout.fetched);
        assert_eq!(Published::of(source).is_some(), fetched, "{}", source.name());
        let (Some(published), Some(layout)) = (Published::of(source), layout) else { continue };
        assert_eq!(published.source, source);
        let names: Vec<&str> = published.contents().map(|content| content.name).collect();
        assert_eq!(names, layout.files().collect::<Vec<_>>());
        for download in published.downloads {
            assert!(download.url.parse::<Location>().is_ok() && download.url.ends_with(&format!("/{}", download.name)));
            assert!(is_hexadecimal(download.sha256, 64) && is_hexadecimal(download.md5, 32));
            match download.form {
                Form::Gzip => assert_eq!(download.name, format!("{}.gz", download.contents[0].name)),
                Form::Archive { folder } => assert!(layout.folders.contains(&folder)),
            }
        }
        assert!(published.contents().all(|content| is_hexadecimal(content.sha256, 64)));
    }
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[test]
fn no_two_files_are_taken_for_one_another() {
    let all = || DataSource::ALL.into_iter().filter_map(Published::of);
    let mut sums: Vec<&str> = all().flat_map(Published::contents).map(|content| content.sha256).collect();
    sums.extend(all().flat_map(|published| published.downloads).flat_map(|download| [download.sha256, download.md5]));
    let count = sums.len();
    sums.sort_unstable();
    sums.dedup();
    assert_eq!(sums.len(), count);
}

#[test]
fn the_embedded_set_needs_no_fetching() {
    let published = Published { source: DataSource::Digits, downloads: &[] };
    let error = fetch(&published, std::path::Path::new("nowhere"), &from("http://127.0.0.1:9"), &mut ()).unwrap_err();
    assert!(matches!(error, FetchError::NotPublished { set: DataSource::Digits }));
    let notmnist = FetchError::NotPublished { set: DataSource::Notmnist };
    assert!(notmnist.to_string().contains("pictures") && notmnist.help().contains("notMNIST_small"));
}
