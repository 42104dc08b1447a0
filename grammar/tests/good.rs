//! Files that must parse, and what they parse into.

mod support;

#[test]
fn good_files_parse_without_errors() {
    for (name, path) in support::files("good") {
        let source = support::text(&path);
        let (file, errors) = elbo_grammar::parse(&source);
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        insta::assert_snapshot!(name, support::dump::file(&file));
    }
}
