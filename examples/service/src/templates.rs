//! The templates of jobs. A real service stores its templates in a database; this service has a few fixed ones.

use jobdex::TemplateType;
use serde::Serialize;

/// A transcoding template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Template {
    #[serde(rename = "TemplateId")]
    pub(crate) id: &'static str,
    #[serde(rename = "TemplateName")]
    pub(crate) name: &'static str,
    #[serde(rename = "TemplateType")]
    pub(crate) kind: TemplateType,
}

/// All templates, most common first.
pub(crate) const TEMPLATES: &[Template] = &[
    Template::new("t-normal-1080", "HD 1080p", TemplateType::Normal),
    Template::new("t-normal-480", "SD 480p", TemplateType::Normal),
    Template::new("t-normal-cn", "模板1", TemplateType::Normal),
    Template::new("t-narrow-1080", "narrow HD", TemplateType::NarrowBand),
    Template::new("t-narrow-cn", "窄带高清", TemplateType::NarrowBand),
    Template::new("t-audio-128", "AAC 128k", TemplateType::AudioOnly),
    Template::new("t-audio-64", "AAC 64k", TemplateType::AudioOnly),
    Template::new("t-origin", "origin", TemplateType::Origin),
];

impl Template {
    const fn new(id: &'static str, name: &'static str, kind: TemplateType) -> Self {
        Self { id, name, kind }
    }

    /// The template with exactly this ID.
    pub(crate) fn find(template_id: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.id == template_id)
    }

    /// A template of this type; `number` selects one of several.
    pub(crate) fn of_type(kind: TemplateType, number: usize) -> &'static Self {
        let fitting = || TEMPLATES.iter().filter(|template| template.kind == kind);
        fitting().nth(number % fitting().count().max(1)).unwrap_or(&TEMPLATES[0])
    }
}
