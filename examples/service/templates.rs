//! The templates that jobs are made from. The real service keeps them elsewhere; here they are a few, and fixed.

use jobdex::TemplateType;
use serde::Serialize;

/// What a job makes of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Template {
    pub(crate) template_id: &'static str,
    pub(crate) template_name: &'static str,
    pub(crate) template_type: TemplateType,
}

/// Every template, the most common first.
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
    const fn new(template_id: &'static str, template_name: &'static str, template_type: TemplateType) -> Self {
        Self { template_id, template_name, template_type }
    }

    /// The template with exactly this ID.
    pub(crate) fn find(template_id: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.template_id == template_id)
    }

    /// A template of this type, another one for another number.
    pub(crate) fn of_type(template_type: TemplateType, number: usize) -> &'static Self {
        let fitting = || TEMPLATES.iter().filter(|template| template.template_type == template_type);
        fitting().nth(number % fitting().count().max(1)).unwrap_or(&TEMPLATES[0])
    }
}
