//! What pages look like: values for style sheets.
//!
//! Invariant: no value can end its own declaration, so none can smuggle in another.

use super::problem::{Problems, web_url};
use serde::{Deserialize, Serialize};

/// The look of pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThemeSettings {
    /// The page as a whole.
    pub general: GeneralTheme,
    /// Buttons.
    pub buttons: ButtonTheme,
    /// The hosted pages.
    pub accounts: AccountsTheme,
    /// The logo: an absolute http(s) URL.
    pub logo_image_url: Option<String>,
    /// The icon in the browser's tab: an absolute http(s) URL.
    pub favicon_image_url: Option<String>,
}

/// The look of the page as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneralTheme {
    /// The accent colour.
    pub color: String,
    /// The background colour.
    pub background_color: String,
    /// Names of fonts, separated by commas.
    pub font_family: String,
    /// The colour of text.
    pub font_color: String,
    /// The weight of labels.
    pub label_font_weight: String,
    /// The padding of cards.
    pub padding: String,
    /// The radius of corners.
    pub border_radius: String,
    /// The shadow of cards.
    pub box_shadow: String,
}

impl Default for GeneralTheme {
    fn default() -> Self {
        Self {
            color: "#2f5d50".to_owned(),
            background_color: "#ffffff".to_owned(),
            font_family: "system-ui, sans-serif".to_owned(),
            font_color: "#1c1c1c".to_owned(),
            label_font_weight: "600".to_owned(),
            padding: "1em".to_owned(),
            border_radius: "0.5em".to_owned(),
            box_shadow: "0 2px 8px rgba(0, 0, 0, 0.2)".to_owned(),
        }
    }
}

/// The look of buttons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ButtonTheme {
    /// The colour of text.
    pub font_color: String,
    /// Names of fonts, separated by commas.
    pub font_family: String,
    /// The weight of text.
    pub font_weight: String,
}

impl Default for ButtonTheme {
    fn default() -> Self {
        Self {
            font_color: "#ffffff".to_owned(),
            font_family: "system-ui, sans-serif".to_owned(),
            font_weight: "600".to_owned(),
        }
    }
}

/// The look of the hosted pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountsTheme {
    /// The background colour.
    pub background_color: String,
}

impl Default for AccountsTheme {
    fn default() -> Self {
        Self {
            background_color: "#f7f7f7".to_owned(),
        }
    }
}

impl ThemeSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        let (general, buttons) = (&self.general, &self.buttons);
        for (path, value) in [
            ("theme.general.color", &general.color),
            ("theme.general.background_color", &general.background_color),
            ("theme.general.font_family", &general.font_family),
            ("theme.general.font_color", &general.font_color),
            ("theme.general.label_font_weight", &general.label_font_weight),
            ("theme.general.padding", &general.padding),
            ("theme.general.border_radius", &general.border_radius),
            ("theme.general.box_shadow", &general.box_shadow),
            ("theme.buttons.font_color", &buttons.font_color),
            ("theme.buttons.font_family", &buttons.font_family),
            ("theme.buttons.font_weight", &buttons.font_weight),
            ("theme.accounts.background_color", &self.accounts.background_color),
        ] {
            problems.readable(path, value, 200);
            let is_one_value = !value.contains([';', '{', '}', '<', '>', '\\', '@']) && !value.contains("/*");
            problems.unless(is_one_value, path, "The value must be one value of a style sheet.");
        }
        for (path, image) in [
            ("theme.logo_image_url", &self.logo_image_url),
            ("theme.favicon_image_url", &self.favicon_image_url),
        ] {
            let is_url = image.as_deref().is_none_or(|image| web_url(image).is_some());
            problems.unless(is_url, path, "The value must be an absolute URL by http or https.");
        }
    }
}
