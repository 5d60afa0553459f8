//! The report of an export, for people.

use super::{Export, Fidelity, Finding, Grade};

/// The report as Markdown: what matters most stands first.
pub fn markdown(export: &Export) -> String {
    let product = export.product;
    let mut text = format!(
        "# Export to {} {} ({})\n\n{}\n\n{} settings are carried over exactly.\n",
        product.title,
        product.versions,
        product.edition,
        verdict(export.fidelity()),
        export.exact
    );
    for grade in [
        Grade::LessStrict,
        Grade::Approximated,
        Grade::NotExpressible,
        Grade::NeedsPaid,
        Grade::FillIn,
        Grade::LeftOut,
    ] {
        let findings: Vec<_> = export
            .findings
            .iter()
            .filter(|finding| finding.grade == grade)
            .collect();
        if findings.is_empty() {
            continue;
        }
        text.push_str(&format!("\n## {} ({})\n\n", title(grade), findings.len()));
        for finding in findings {
            text.push_str(&line(finding));
        }
    }
    text.push_str("\n## Always different\n\n");
    for difference in &export.differences {
        text.push_str(&format!(
            "- {} ({}).\n",
            sentence(difference.what),
            difference.why
        ));
    }
    text
}

fn verdict(fidelity: Fidelity) -> &'static str {
    match fidelity {
        Fidelity::Exact => "Everything is carried over exactly.",
        Fidelity::Approximated => "Everything is carried over, some of it in another way.",
        Fidelity::Incomplete => "Some of it is not carried over.",
    }
}

fn title(grade: Grade) -> &'static str {
    match grade {
        Grade::LessStrict => "Less strict than here",
        Grade::Approximated => "Approximated",
        Grade::NotExpressible => "Not expressible",
        Grade::NeedsPaid => "Needs a paid edition or a module",
        Grade::FillIn => "Values to fill in",
        Grade::LeftOut => "Left out on purpose",
    }
}

fn line(finding: &Finding) -> String {
    let place = match &finding.place {
        Some(place) => format!(" ({}:{})", place.file, place.line),
        None => String::new(),
    };
    format!("- `{}`: {}{place}\n", finding.path, finding.note)
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
