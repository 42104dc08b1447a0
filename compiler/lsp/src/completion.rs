//! Completion: the words that may stand at a place.

use crate::context::{Context, Open, Place, Slot};
use crate::document::Document;
use crate::facts;
use crate::hover::{markdown, sentence, signature_label, signature_text};
use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::resolution::{self, Names};
use elbo_compiler::vocabulary::{self, Parameter, Signature};
use elbo_grammar::ast::{DeclarationKind, SettingsKind};
use elbo_grammar::{Span, reserved};
use gen_lsp_types as lsp;
use gen_lsp_types::{CompletionItem, CompletionItemKind, CompletionList, InsertTextFormat, TextEdit};

/// The words that may stand at an offset.
pub(crate) fn at(document: &Document<'_>, offset: usize) -> CompletionList {
    let text = document.text();
    let context = Context::at(text, offset);
    let mut items =
        Items { document, word: Span::new(context.word.start, offset.max(context.word.start)), all: Vec::new() };
    if context.inert {
        items.files(&context);
    } else {
        let names = document.syntax.names();
        items.fill(&context, &Slot::of(&context, &names), &names);
    }
    CompletionList { is_incomplete: false, items: items.all, ..CompletionList::default() }
}

struct Items<'d> {
    document: &'d Document<'d>,
    /// What is replaced.
    word: Span,
    all: Vec<CompletionItem>,
}

impl Items<'_> {
    fn fill(&mut self, context: &Context<'_>, slot: &Slot<'_>, names: &Names<'_>) {
        if let Some((signature, open)) = &slot.call
            && open.name.is_none()
        {
            self.arguments(signature, open);
        }
        if let Some(open) = slot.own_call.as_ref().filter(|open| open.name.is_none()) {
            for parameter in names.parameters(open.function) {
                if !open.given.contains(&parameter.name.value.as_str()) {
                    let name = format!("{}=", parameter.name.value);
                    self.add(&name, CompletionItemKind::Field, &parameter.kind.value, String::new(), None);
                }
            }
        }
        match slot.place {
            Place::Declaration => self.declarations(),
            Place::Base => {
                let (kind, own) = (context.head.first().copied(), context.head.get(1).copied());
                self.declared(names, kind.unwrap_or_default(), own);
            }
            Place::Key(kind) => self.keys(kind, context),
            Place::Statement => {
                for statement in reserved::STATEMENTS {
                    let snippet = match *statement {
                        "repeat" => Some("repeat ${1:2} {\n  $0\n}"),
                        "residual" => Some("residual {\n  $0\n}"),
                        "shortcut" => Some("shortcut {\n  $0\n}"),
                        "input" => Some("input ${1|image,sequence,vector|}[$0]"),
                        "mark" => Some("mark $1 as $0"),
                        "replace" => Some("replace $1 with $0"),
                        "insert" => Some("insert ${1|after,before|} $2: $0"),
                        _ => None,
                    };
                    self.keyword(statement, snippet);
                }
                for container in vocabulary::CONTAINERS {
                    let name = container.name;
                    let snippet = format!("{name} {{\n  branch {{\n    $0\n  }}\n  branch {{\n  }}\n}}");
                    let said = container.documentation.to_owned();
                    self.add(name, CompletionItemKind::Keyword, "", said, Some(&snippet));
                }
                if !vocabulary::CONTAINERS.is_empty() {
                    self.keyword("branch", Some("branch {\n  $0\n}"));
                }
                self.operations(slot, context, names);
            }
            Place::Operation => self.operations(slot, context, names),
            Place::Mark => {
                self.functions(&slot.values);
                self.parameters(context, names, Some("mark"));
            }
            Place::LayerPath => self.layer_paths(context, names),
            Place::Type => {
                for kind in vocabulary::TYPES {
                    self.add(kind, CompletionItemKind::TypeParameter, "", String::new(), None);
                }
            }
            Place::RunPath => self.run_paths(context, names),
            Place::Warning => {
                for code in Code::ALL.iter().filter(|code| code.severity() != Severity::Error) {
                    let kind = CompletionItemKind::Constant;
                    self.add(code.identifier(), kind, code.title(), String::new(), None);
                }
            }
            Place::Value => {
                self.functions(&slot.values);
                if let Some(kind) = slot.refers_to {
                    self.declared(names, kind, None);
                    if context.head.first() == Some(&"claim") {
                        self.declared(names, "sweep", None);
                    }
                }
                self.parameters(context, names, None);
            }
            Place::Nothing if context.head.last() == Some(&"@") => {
                let said = "Silences a warning for the statement or declaration below.".to_owned();
                self.add("allow", CompletionItemKind::Keyword, "", said, Some("allow($0)"));
            }
            Place::Nothing => {}
        }
    }

    fn add(
        &mut self,
        label: &str,
        kind: CompletionItemKind,
        detail: &str,
        documentation: String,
        snippet: Option<&str>,
    ) {
        let snippet = snippet.filter(|_| self.document.workspace.snippets);
        let range = self.document.lines().range(self.word);
        let edit = TextEdit { range, new_text: snippet.unwrap_or(label).to_owned() };
        self.all.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            detail: (!detail.is_empty()).then(|| detail.to_owned()),
            documentation: (!documentation.is_empty())
                .then(|| lsp::Documentation::MarkupContent(markdown(documentation))),
            insert_text_format: snippet.map(|_| InsertTextFormat::Snippet),
            text_edit: Some(lsp::CompletionItemTextEdit::TextEdit(edit)),
            sort_text: Some(format!("{:04}", self.all.len())),
            ..CompletionItem::default()
        });
    }

    fn keyword(&mut self, word: &str, snippet: Option<&str>) {
        let said = reserved::meaning(word).unwrap_or_default().to_owned();
        self.add(word, CompletionItemKind::Keyword, "", said, snippet);
    }

    fn declarations(&mut self) {
        for word in reserved::DECLARATIONS {
            let snippet = match *word {
                "use" => "use \"$1.elbo\"$0",
                "prior" => "prior ${1:name} = ${0:normal(mean=0, std=0.1)}",
                "posterior" => "posterior ${1:name} = ${0:gaussian(rho=-5)}",
                "block" => "block ${1:name}(${2:width: int}) {\n  $0\n}",
                "model" => {
                    "model ${1:name} {\n  input ${2:image[1, 28, 28]}\n  default ${3|point,bayes,dropout|}\n  $0\n  output categorical\n}"
                }
                "dataset" => "dataset ${1:name} {\n  source = $0\n}",
                "train" => {
                    "train ${1:name} {\n  objective = ${2|elbo(kl=exact),maximum_likelihood(),map()|}\n  optimizer = ${3:adam(lr=1e-3)}\n  epochs    = ${4:10}\n  batch     = ${5:64}\n}$0"
                }
                "report" => "report ${1:name} {\n  samples = ${2:25}\n  metrics = [$0]\n}",
                "run" => "run ${1:name} {\n  model = $2\n  data  = $3\n  train = $4\n}$0",
                "sweep" => "sweep ${1:name} {\n  run             = $2\n  vary.train.seed = ${0:range(0, 5)}\n}",
                "claim" => "claim \"$1\": $0",
                _ => continue,
            };
            self.keyword(word, Some(snippet));
        }
    }

    fn keys(&mut self, kind: SettingsKind, context: &Context<'_>) {
        let tree = self.document.tree();
        let given: Vec<&str> = tree
            .declarations
            .iter()
            .filter(|declaration| {
                declaration.span.start <= context.word.start && context.word.start <= declaration.span.end
            })
            .filter_map(|declaration| match &declaration.kind {
                DeclarationKind::Settings(settings) => Some(&settings.entries),
                _ => None,
            })
            .flatten()
            .filter(|entry| entry.key.first().is_some_and(|key| key.span != context.word))
            .filter_map(|entry| entry.key.first().map(|key| key.value.as_str()))
            .collect();
        for key in vocabulary::keys(kind) {
            if given.contains(&key.name) && !matches!(key.name, "vary" | "zip") {
                continue;
            }
            let snippet = match key.name {
                "vary" => "vary.$1 = $0".to_owned(),
                "zip" => "zip($0)".to_owned(),
                name => format!("{name} = $0"),
            };
            let default = key.default.map(|default| format!("default {default}")).unwrap_or_default();
            let snippet = (context.next != "=").then_some(snippet);
            self.add(key.name, CompletionItemKind::Property, &default, sentence(key), snippet.as_deref());
        }
    }

    fn arguments(&mut self, signature: &Signature, open: &Open<'_>) {
        let taken = |parameter: &&Parameter| {
            let position = signature.parameters.iter().position(|other| other.name == parameter.name);
            let by_position = open.given.is_empty() && position.is_some_and(|position| position < open.argument);
            !open.given.contains(&parameter.name) && !by_position
        };
        for parameter in signature.parameters.iter().filter(taken) {
            let default = parameter.default.map(|default| format!("default {default}")).unwrap_or_default();
            let label = format!("{}=", parameter.name);
            self.add(&label, CompletionItemKind::Field, &default, sentence(parameter), None);
        }
    }

    fn functions(&mut self, values: &[&'static Signature]) {
        for value in values {
            let kind =
                if value.parameters.is_empty() { CompletionItemKind::EnumMember } else { CompletionItemKind::Function };
            let snippet = if value.required > 0 || value.parameters.len() == 1 {
                Some(format!("{}($0)", value.name))
            } else if value.parameters.is_empty() {
                None
            } else {
                Some(format!("{}($0)", value.name))
            };
            self.add(value.name, kind, &signature_label(value).0, signature_text(value), snippet.as_deref());
        }
    }

    /// The other specs of the project, in the string of a `use`.
    fn files(&mut self, context: &Context<'_>) {
        let text = self.document.text();
        let line = text[..self.word.end].rfind('\n').map_or(0, |newline| newline + 1);
        let Some(quote) = text[line..self.word.end].find('"').map(|quote| line + quote + 1) else { return };
        if context.head.as_slice() != ["use"] || text[line..quote].trim_start() != "use \"" {
            return;
        }
        self.word.start = quote;
        let own = &self.document.path;
        let folder = own.parent().unwrap_or(own);
        for path in self.document.workspace.project(own) {
            // A file above is named by the way there; that is left to who writes it.
            if let Ok(below) = path.strip_prefix(folder)
                && path != *own
            {
                let name = below.to_string_lossy().replace('\\', "/");
                self.add(&name, CompletionItemKind::File, "", String::new(), None);
            }
        }
    }

    /// Layers, marks and blocks.
    fn operations(&mut self, slot: &Slot<'_>, context: &Context<'_>, names: &Names<'_>) {
        self.functions(&slot.values);
        for (name, declaration) in names.of_kind("block").filter(|(name, _)| context.network() != Some(name)) {
            let snippet = format!("{name}($0)");
            let said = declaration.doc.clone().unwrap_or_default();
            self.add(name, CompletionItemKind::Class, "block", said, Some(&snippet));
        }
        self.parameters(context, names, Some("activation"));
    }

    fn declared(&mut self, names: &Names<'_>, kind: &str, except: Option<&str>) {
        for (name, declaration) in names.of_kind(kind).filter(|(name, _)| Some(*name) != except) {
            let said = declaration.doc.clone().unwrap_or_default();
            self.add(name, CompletionItemKind::Variable, kind, said, None);
        }
    }

    /// The parameters of the model or block around.
    fn parameters(&mut self, context: &Context<'_>, names: &Names<'_>, kind: Option<&str>) {
        let Some(owner) = context.network() else { return };
        for parameter in names.network(owner).map(|(parameters, ..)| parameters).unwrap_or_default() {
            if kind.is_none_or(|kind| parameter.kind.value == kind) {
                let detail = format!("parameter of {owner}, {}", parameter.kind.value);
                self.add(&parameter.name.value, CompletionItemKind::Variable, &detail, String::new(), None);
            }
        }
    }

    /// Paths to the layers of the base: as the compiler has unrolled them, else as they are written.
    fn layer_paths(&mut self, context: &Context<'_>, names: &Names<'_>) {
        let before = &self.document.text()[..self.word.start];
        let path = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.' | '[' | ']');
        self.word.start = before.trim_end_matches(path).len();
        // `conv1..conv5` is two paths.
        let typed = &self.document.text()[self.word.start..self.word.end];
        self.word.start += typed.rfind("..").map_or(0, |dots| dots + 2);
        let Some(owner) = context.network() else { return };
        let compilation = self.document.compilation();
        let networks = facts::networks(&compilation);
        let known = names.chain(owner).into_iter().find_map(|model| networks.iter().find(|(name, ..)| *name == model));
        if let Some((_, network, _)) = known {
            let mut scopes: Vec<String> = Vec::new();
            for layer in network.layers.iter().filter(|layer| !layer.name.contains('#')) {
                let detail = layer.output.to_string();
                self.add(&layer.name, CompletionItemKind::Field, &detail, String::new(), None);
                for (at, _) in layer.name.match_indices('.') {
                    let scope = format!("{}.*", &layer.name[..at]);
                    if !scopes.contains(&scope) {
                        scopes.push(scope);
                    }
                }
            }
            for scope in scopes {
                self.add(&scope, CompletionItemKind::Module, "every layer with weights below", String::new(), None);
            }
            return;
        }
        for model in names.chain(owner) {
            let Some((_, body, _)) = names.network(model) else { continue };
            resolution::layers(body, &mut |layer| {
                if let Some(name) = &layer.name {
                    self.add(&name.value, CompletionItemKind::Field, model, String::new(), None);
                }
            });
        }
    }

    /// The parts of a path in a run, behind `vary.`.
    fn run_paths(&mut self, context: &Context<'_>, names: &Names<'_>) {
        let path: Vec<&str> = context.head.iter().skip(2).filter(|part| **part != ".").copied().collect();
        let kind = match path.as_slice() {
            [] => {
                for root in ["model", "data", "train", "report", "prior", "posterior"] {
                    self.add(root, CompletionItemKind::Module, "", String::new(), None);
                }
                return;
            }
            ["train"] => SettingsKind::Train,
            ["data"] => SettingsKind::Dataset,
            ["report"] => SettingsKind::Report,
            [kind @ ("prior" | "posterior")] => return self.declared(names, kind, None),
            ["model"] => {
                let models: Vec<&str> = names.of_kind("model").map(|(name, _)| name).collect();
                let mut seen: Vec<&str> = Vec::new();
                for parameter in models.into_iter().flat_map(|model| names.parameters(model)) {
                    if !seen.contains(&parameter.name.value.as_str()) {
                        seen.push(&parameter.name.value);
                        let kind = CompletionItemKind::Variable;
                        self.add(&parameter.name.value, kind, &parameter.kind.value, String::new(), None);
                    }
                }
                return;
            }
            [root @ ("train" | "report" | "data"), key] => {
                let kind = match *root {
                    "train" => SettingsKind::Train,
                    "report" => SettingsKind::Report,
                    _ => SettingsKind::Dataset,
                };
                let values = vocabulary::keys(kind).iter().find(|known| known.name == *key).map(|key| key.values);
                let mut seen: Vec<&str> = Vec::new();
                for parameter in values.unwrap_or_default().iter().flat_map(|value| value.parameters) {
                    if !seen.contains(&parameter.name) {
                        seen.push(parameter.name);
                        self.add(parameter.name, CompletionItemKind::Field, "", sentence(parameter), None);
                    }
                }
                return;
            }
            _ => return,
        };
        for key in vocabulary::keys(kind) {
            self.add(key.name, CompletionItemKind::Property, "", sentence(key), None);
        }
    }
}
