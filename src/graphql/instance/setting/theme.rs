//! What pages look like: values for style sheets.
//!
//! Invariant: each is one value of a style sheet, or the URL of a picture.

use super::mirror::section;
use crate::scalar::Text;
use domain::settings::theme;

section! {
    /// The look of pages.
    ThemeSettings / ThemeSettingsInput of theme::ThemeSettings {
        /// The page as a whole.
        general: GeneralTheme,
        /// Buttons.
        buttons: ButtonTheme,
        /// The hosted pages.
        accounts: AccountsTheme,
        /// The logo: an absolute http(s) URL.
        logo_image_url: Option<Text>,
        /// The icon in the browser's tab: an absolute http(s) URL.
        favicon_image_url: Option<Text>,
    }
}

section! {
    /// The look of the page as a whole.
    GeneralTheme / GeneralThemeInput of theme::GeneralTheme {
        /// The accent colour.
        color: String,
        /// The background colour.
        background_color: String,
        /// Names of fonts, separated by commas.
        font_family: String,
        /// The colour of text.
        font_color: String,
        /// The weight of labels.
        label_font_weight: String,
        /// The padding of cards.
        padding: String,
        /// The radius of corners.
        border_radius: String,
        /// The shadow of cards.
        box_shadow: String,
    }
}

section! {
    /// The look of buttons.
    ButtonTheme / ButtonThemeInput of theme::ButtonTheme {
        /// The colour of text.
        font_color: String,
        /// Names of fonts, separated by commas.
        font_family: String,
        /// The weight of text.
        font_weight: String,
    }
}

section! {
    /// The look of the hosted pages.
    AccountsTheme / AccountsThemeInput of theme::AccountsTheme {
        /// The background colour.
        background_color: String,
    }
}
