//! A filter as far as it can be told from the values that a block of rows has in each facet: which of
//! its rows may be shown.

use super::Expression;
use super::bits::Bits;
use super::facet::{Facet, Verdict};
use super::test::{Pattern, Test};

/// What is asked of a block, and how the answers go together.
#[derive(Debug)]
pub(crate) struct Narrow {
    root: Node,
    questions: Vec<Question>,
    /// Whether it matters which rows pass whatever else is in them: some of them must not.
    turns: bool,
}

/// What the values of a facet tell of a test.
#[derive(Debug)]
pub(crate) struct Question {
    /// Whose values.
    pub(crate) facet: Facet,
    test: Test,
}

/// The rows that may pass, and those that pass whatever else is in them.
#[derive(Clone, Debug)]
pub(crate) struct Passing {
    pub(crate) may: Bits,
    pub(crate) must: Bits,
}

#[derive(Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    /// What several facets tell of the same test, by the numbers of the questions.
    Told(Vec<usize>),
}

impl Passing {
    /// Nothing is known.
    pub(crate) fn unknown() -> Self {
        Self {
            may: Bits::All,
            must: Bits::None,
        }
    }
}

impl Question {
    /// How late it is asked: first what has few different values, then what looks for one of many, which
    /// rules out most; paths, whose values are many, last.
    fn rank(&self) -> u8 {
        match (self.facet, &self.test) {
            (Facet::Path, _) => 3,
            (Facet::Text(_), Test::Text(_, Pattern::Is(_))) => 1,
            (Facet::Begin(_) | Facet::Text(_), _) => 2,
            (Facet::Status | Facet::Stage | Facet::Stream | Facet::Origin | Facet::Ending, _) => 0,
        }
    }

    pub(crate) fn verdict(&self, value: Option<&str>) -> Verdict {
        self.facet.tells(&self.test, value)
    }
}

impl Narrow {
    /// `None` where no facet tells anything.
    pub(super) fn of(expression: &Expression) -> Option<Self> {
        let mut questions = Vec::new();
        let root = Node::of(expression, &mut questions);
        let turns = root.turns();
        (!questions.is_empty()).then_some(Self {
            root,
            questions,
            turns,
        })
    }

    pub(crate) fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Whether answers have to say which rows pass for certain.
    pub(crate) fn turns(&self) -> bool {
        self.turns
    }

    /// The rows of a block that may be shown. `ask` answers the question of a number.
    pub(crate) fn rows<E>(
        &self,
        mut ask: impl FnMut(usize) -> Result<Passing, E>,
    ) -> Result<Bits, E> {
        Ok(self.root.passing(&mut ask)?.may)
    }
}

impl Node {
    fn of(expression: &Expression, questions: &mut Vec<Question>) -> Self {
        // In many blocks the first answers make the others needless.
        let mut each = |parts: &[Expression]| -> Vec<_> {
            let nodes = parts.iter().map(|part| Self::of(part, questions));
            let mut nodes: Vec<_> = nodes.collect();
            nodes.sort_by_key(|node| node.rank(questions));
            nodes
        };
        match expression {
            Expression::All(parts) => Self::All(each(parts)),
            Expression::Any(parts) => Self::Any(each(parts)),
            Expression::Not(part) => Self::Not(Box::new(Self::of(part, questions))),
            Expression::Test(test) => {
                let first = questions.len();
                questions.extend(Facet::about(test).into_iter().map(|facet| Question {
                    facet,
                    test: test.clone(),
                }));
                Self::Told((first..questions.len()).collect())
            }
        }
    }

    /// That of the last of its questions.
    fn rank(&self, questions: &[Question]) -> u8 {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                let each = parts.iter().map(|part| part.rank(questions));
                each.max().unwrap_or(0)
            }
            Self::Not(part) => part.rank(questions),
            Self::Told(numbers) => {
                let each = numbers.iter().map(|at| questions[*at].rank());
                each.max().unwrap_or(0)
            }
        }
    }

    fn turns(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::turns),
            Self::Not(_) => true,
            Self::Told(_) => false,
        }
    }

    fn passing<E>(&self, ask: &mut dyn FnMut(usize) -> Result<Passing, E>) -> Result<Passing, E> {
        match self {
            Self::All(parts) => {
                let (mut may, mut must) = (Bits::All, Bits::All);
                for part in parts {
                    let passing = part.passing(ask)?;
                    (may, must) = (may.and(passing.may), must.and(passing.must));
                    if may == Bits::None {
                        break;
                    }
                }
                Ok(Passing { may, must })
            }
            Self::Any(parts) => {
                let (mut may, mut must) = (Bits::None, Bits::None);
                for part in parts {
                    let passing = part.passing(ask)?;
                    (may, must) = (may.or(passing.may), must.or(passing.must));
                    if must == Bits::All {
                        break;
                    }
                }
                Ok(Passing { may, must })
            }
            Self::Not(part) => {
                let Passing { may, must } = part.passing(ask)?;
                Ok(Passing {
                    may: !must,
                    must: !may,
                })
            }
            Self::Told(questions) => {
                let Passing { mut may, mut must } = Passing::unknown();
                for question in questions {
                    let passing = ask(*question)?;
                    (may, must) = (may.and(passing.may), must.or(passing.must));
                    if may == Bits::None || must == Bits::All {
                        break;
                    }
                }
                Ok(Passing { may, must })
            }
        }
    }
}
