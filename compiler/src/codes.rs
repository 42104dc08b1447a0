//! The registry of diagnostic codes. A code never changes its meaning and is never used again.
//!
//! A code is one line below and one page, `pages/E0123.md`; without the page it does not compile.

use crate::severity::Severity;
use crate::spelling::distance;

macro_rules! codes {
    ($($name:ident = $identifier:literal, $title:literal;)*) => {
        /// The code of a diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $identifier, "`: ", $title)] $name,)*
        }

        impl Code {
            /// Every code, in the order of the registry.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code as it is printed, such as `E0302`.
            pub const fn identifier(self) -> &'static str {
                match self { $(Self::$name => $identifier),* }
            }

            /// What it is about, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }

            /// Its page as it is written, in Markdown; [`crate::page::Page`] takes it apart.
            pub const fn page(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("pages/", $identifier, ".md"))),* }
            }
        }
    };
}

codes! {
    // E00xx: files and their form
    UnreadableSource = "E0001", "a file cannot be read";
    Syntax = "E0002", "something else stands where one of a few things may";
    UnknownDeclaration = "E0003", "there is no such declaration";
    UnknownStatement = "E0004", "there is no such statement";
    Unclosed = "E0005", "a bracket is never closed";
    Unopened = "E0006", "a bracket was never opened";
    BadString = "E0007", "a string is not well formed";
    BadNumber = "E0008", "a number is not one, or beyond what can be represented";
    TooDeep = "E0009", "brackets are nested too deeply";
    BadCharacter = "E0010", "a character that the language does not use";
    ReservedName = "E0011", "a reserved word used as a name";
    BadLanguageLine = "E0012", "the `language` line is wrong";
    UseCycle = "E0013", "files use each other in a cycle";
    UnsupportedDeclaration = "E0014", "this version cannot run the declaration";
    // E01xx: names
    UnknownName = "E0101", "a name that nothing declares";
    DuplicateName = "E0102", "a name declared twice";
    WrongKindOfName = "E0103", "a name of another kind of declaration";
    Cycle = "E0104", "declarations refer to each other in a cycle";
    LongChain = "E0105", "declarations refer to each other in too long a chain";
    SweepTooLarge = "E0106", "more members than a sweep may have";
    EqualMembers = "E0107", "two members of a sweep that are the same";
    UnequalLists = "E0108", "lists of a `zip` that differ in length";
    NoSuchPath = "E0109", "a path that addresses nothing in a run";
    NoComparison = "E0110", "a claim that is not one comparison";
    NotAFigure = "E0111", "a claim over something that is not a single number";
    FigureNotReported = "E0112", "a claim over a figure that its run does not report";
    SweepNotOverSeeds = "E0113", "a claim over a sweep that varies more than the seed";
    OverrideOfVaried = "E0114", "an override of what a sweep varies";
    EmptySweep = "E0115", "a sweep without members";
    MarginMissing = "E0116", "an equivalence without a margin, or a margin without an equivalence";
    BadMargin = "E0117", "a margin that is not a positive number in the unit of its metric";
    UnknownEstimand = "E0118", "a claim about something other than networks or procedures";
    // E02xx: keys, arguments and values
    UnknownKey = "E0201", "a key that does not exist";
    RepeatedKey = "E0202", "a key given twice";
    MissingKey = "E0203", "a key that must be given";
    WrongType = "E0204", "a value of the wrong type";
    OutOfRange = "E0205", "a value outside its range";
    UnknownValue = "E0206", "a value that is none of the choices";
    Arithmetic = "E0207", "arithmetic without a result";
    UnknownArgument = "E0208", "an argument that does not exist";
    MissingArgument = "E0209", "an argument that must be given";
    TooManyArguments = "E0210", "more arguments than there are parameters";
    RepeatedArgument = "E0211", "an argument given twice";
    // E03xx: networks
    UnknownLayer = "E0301", "there is no such layer";
    ShapeMismatch = "E0302", "a layer cannot take the shape it is given";
    EmptyOutput = "E0303", "a window larger than what it slides over";
    TooLarge = "E0304", "sizes whose product is beyond what can be represented";
    MissingMark = "E0305", "a layer with weights and neither mark nor default";
    MisplacedMark = "E0306", "a mark where there are no weights to mark";
    UnknownMark = "E0307", "there is no such mark";
    UnnamedLayer = "E0308", "a layer with parameters and no name";
    UnknownLayerPath = "E0309", "a path that no layer has";
    MissingStatement = "E0310", "a model without a statement it must have";
    RepeatedStatement = "E0311", "a statement that may stand only once";
    MisplacedStatement = "E0312", "a statement where it may not stand";
    OutputMismatch = "E0313", "an output that does not fit";
    // E04xx: runs
    DataMismatch = "E0401", "a model that does not fit the data";
    TransformMismatch = "E0402", "a transform that does not fit the data";
    BayesWithoutKl = "E0403", "variational weights under an objective without their KL";
    PenaltyOnKl = "E0404", "a weight penalty on top of a KL";
    LabelsOfNoClass = "E0405", "labels weighed or smoothed that are no classes";
    FigureOfOtherOutput = "E0406", "a figure that the network's output does not have";
    MonitorWithoutValidation = "E0410", "a figure is watched that is never measured";
    TestUsedForChoice = "E0411", "the test split would be used to make a choice";
    NoRun = "E0412", "there is no such run";
    NoClosedForm = "E0420", "a prior without a closed KL under an estimator that draws no weights";
    TrainingAsOutOfDistribution = "E0421", "an out-of-distribution set that is the training set";
    NothingToTrainOn = "E0422", "training on a set that has a test split only";
    WrongUnit = "E0423", "a unit that does not belong here";
    ImpossibleDivision = "E0424", "a subset or split that the data cannot give";
    TestIsTraining = "E0425", "a test split that is the training data";
    // E049x: limits of the language
    TooLong = "E0490", "a name, a number or a string that is too long";
    // W01xx
    NoKl = "W0101", "an `elbo` objective on a network without variational weights";
    SingleSampleEpistemic = "W0102", "an epistemic figure from a single sample";
    NothingRandom = "W0103", "an epistemic figure of a network in which nothing is random";
    RedundantFlatten = "W0104", "`flatten` of a vector";
    LargeStartingKl = "W0106", "a KL that starts far above what the labels can say";
    ColdPosterior = "W0107", "a posterior colder than Bayes' own";
    HotPosterior = "W0108", "a KL that weighs more than Bayes' rule gives it";
    SingleMask = "W0111", "a network with random masks is scored on a single draw of them";
    UnfinishedAnnealing = "W0112", "the full KL is never reached";
    KlNeverCounts = "W0113", "variational weights whose KL has no weight";
    BatchBeyondData = "W0114", "a batch larger than the training split";
    RepeatedSamples = "W0115", "several samples of a network in which nothing is random";
    PatienceBeyondEpochs = "W0116", "a patience that the epochs cannot exhaust";
    FewValidationExamples = "W0117", "a choice by few validation examples";
    FewDraws = "W0118", "an epistemic figure from few draws";
    PriorNarrowerThanPosterior = "W0119", "a prior narrower than the posterior starts";
    VariesNothing = "W0120", "a variation that changes nothing in some members";
    NormOfSingleValue = "W0121", "a normalisation over a single value";
    NothingToTrain = "W0122", "a network without weights";
    MirroredSigns = "W0123", "digits or letters that are mirrored";
    ChoiceBySingleDraw = "W0124", "a choice by one draw of a random network";
    SharedExamples = "W0125", "examples that are in the training split and in another";
    UnseenClasses = "W0126", "classes without a training example";
    ConstantFeatures = "W0127", "features that never vary";
    CoarseNumbers = "W0130", "numbers that 32 bits cannot tell apart";
    FilesNotAsTheyAre = "W0131", "files that were skipped or converted";
    // W016x: what is trained
    NoiseByPosition = "W0160", "noise at each position in place of draws of the weights";
    UndecidableClaim = "W0170", "a claim of procedures that too few seeds can never decide";
    ClaimKnownBeforehand = "W0171", "a claim that no result can change";
}

impl Code {
    /// The code that is printed as `text`, in capitals or not.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.identifier().eq_ignore_ascii_case(text))
    }

    /// Whether `text` has the form of a code, a letter and four digits, whether or not there is such a code.
    pub fn is_code_like(text: &str) -> bool {
        let mut characters = text.chars();
        characters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && text.chars().count() == 5
            && characters.all(|character| character.is_ascii_digit())
    }

    /// The codes most like `text`, the likeliest first: the nearest spelling, then its neighbours in the registry.
    pub fn nearest(text: &str) -> Vec<Self> {
        let wanted = text.to_ascii_uppercase();
        let mut codes: Vec<(usize, Self)> = Self::ALL
            .iter()
            .map(|code| (distance(&wanted, code.identifier()), *code))
            .filter(|(distance, _)| *distance <= 2)
            .collect();
        let shared = |code: Code| wanted.bytes().zip(code.identifier().bytes()).take_while(|(a, b)| a == b).count();
        codes.sort_by_key(|(distance, code)| (*distance, std::cmp::Reverse(shared(*code))));
        codes.into_iter().take(3).map(|(_, code)| code).collect()
    }

    /// Whether it is about the form of a file, so that something could not be read.
    pub fn is_syntax(self) -> bool {
        self <= Self::BadLanguageLine && self != Self::UnreadableSource || self == Self::TooLong
    }

    /// Whether a finding with this code may be the mere consequence of a statement that could not be read.
    pub fn may_follow_from_syntax(self) -> bool {
        matches!(
            self,
            Self::UnknownName
                | Self::UnknownLayer
                | Self::MissingKey
                | Self::UnknownArgument
                | Self::MissingArgument
                | Self::TooManyArguments
                | Self::ShapeMismatch
                | Self::EmptyOutput
                | Self::MissingMark
                | Self::UnknownLayerPath
                | Self::MissingStatement
                | Self::MisplacedStatement
                | Self::OutputMismatch
                | Self::DataMismatch
                | Self::NoRun
                | Self::NoSuchPath
                | Self::NoClosedForm
                | Self::MonitorWithoutValidation
                | Self::EmptySweep
                | Self::FigureNotReported
                | Self::NoKl
                | Self::NothingRandom
                | Self::RedundantFlatten
                | Self::ColdPosterior
                | Self::HotPosterior
                | Self::LargeStartingKl
                | Self::NoiseByPosition
                | Self::ChoiceBySingleDraw
        )
    }

    /// How much a finding with this code matters.
    pub fn severity(self) -> Severity {
        match self {
            Self::NoKl
            | Self::RedundantFlatten
            | Self::ColdPosterior
            | Self::HotPosterior
            | Self::RepeatedSamples
            | Self::PatienceBeyondEpochs
            | Self::VariesNothing
            | Self::NoiseByPosition => Severity::Note,
            _ if self.identifier().starts_with('W') => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.identifier())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_by_their_spelling() {
        assert_eq!(Code::find("e0302"), Some(Code::ShapeMismatch));
        assert_eq!(Code::find("E9999"), None);
        assert!(Code::is_code_like("E9999") && Code::is_code_like("x0001"));
        assert!(
            !Code::is_code_like("E030") && !Code::is_code_like("specs/digits.elbo") && !Code::is_code_like("é0302x")
        );
        assert_eq!(Code::nearest("E0300").first(), Some(&Code::UnknownLayer));
        assert!(Code::nearest("Q7777").is_empty());
    }

    #[test]
    fn identifiers_are_unique_and_well_formed() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let identifier = code.identifier();
            assert!(seen.insert(identifier), "{identifier} is given twice");
            let (letter, digits) = identifier.split_at(1);
            assert!(matches!(letter, "E" | "W") && digits.len() == 4, "{identifier}");
            assert!(digits.bytes().all(|byte| byte.is_ascii_digit()), "{identifier}");
        }
    }
}
