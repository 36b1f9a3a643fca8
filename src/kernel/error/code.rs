//! The table of error codes: variant, wire code, HTTP status, default message. No other file names a status code.
//!
//! The wire words are those of the Frontend API, so that SDKs which branch on them work; GraphQL spells the same words
//! in SCREAMING_SNAKE. `docs/errors.md` is generated from this table.

/// The table, given to a macro: `error_codes!(name)` expands to `name! { .. }` with one entry for each code,
/// `Variant "wire_code" status "message";`. So a face mirrors the codes in types of its own, and this crate knows no face.
#[macro_export]
macro_rules! error_codes {
    ($callback:ident) => {
        $callback! {
            // Who calls, and from where
            AuthenticationInvalid "authentication_invalid" 401 "You are not signed in, or your credentials are no longer valid.";
            DevBrowserUnauthenticated "dev_browser_unauthenticated" 401 "The development browser token is unknown.";
            AuthorizationHeaderFormatInvalid "authorization_header_format_invalid" 401 "The Authorization header must be the word Bearer and a key or token. A native application, which keeps its client token itself, says so by the header Vestibule-Native.";
            ClerkKeyInvalid "clerk_key_invalid" 401 "The secret key is unknown or revoked.";
            AuthorizationInvalid "authorization_invalid" 403 "You may not do this.";
            OriginInvalid "origin_invalid" 400 "Requests from this origin are not allowed.";
            HostInvalid "host_invalid" 400 "No instance answers to this host.";
            // Requests that cannot be read
            RequestBodyInvalid "request_body_invalid" 400 "The body of the request cannot be read.";
            UnsupportedContentType "unsupported_content_type" 415 "The content type of the request is not supported.";
            RequestTimeout "request_timeout" 408 "The body of the request took too long to arrive.";
            RequestBodyTooLarge "request_body_too_large" 413 "The body of the request is too large.";
            MethodNotAllowed "method_not_allowed" 405 "The path does not answer to this method.";
            ResourceNotFound "resource_not_found" 404 "The resource was not found.";
            TooManyRequests "too_many_requests" 429 "Too many requests. Try again later.";
            InternalError "internal_error" 500 "Something went wrong on our side.";
            ServiceUnavailable "service_unavailable" 503 "We cannot do this for the moment. Try again.";
            // Parameters
            FormParamMissing "form_param_missing" 422 "A required parameter is missing.";
            FormParamNil "form_param_nil" 422 "A parameter must not be empty.";
            FormParamUnknown "form_param_unknown" 422 "The parameter is not known here.";
            FormParamDuplicate "form_param_duplicate" 422 "The parameter is given more than once.";
            FormParamFormatInvalid "form_param_format_invalid" 422 "The parameter has the wrong format.";
            FormParamTypeInvalid "form_param_type_invalid" 422 "The parameter has the wrong type.";
            FormParamValueInvalid "form_param_value_invalid" 422 "The value of the parameter is not allowed.";
            FormParamMaxLengthExceeded "form_param_max_length_exceeded" 422 "The parameter is too long.";
            FormParamExceedsAllowedSize "form_param_exceeds_allowed_size" 422 "The parameter is too large.";
            FormIdentifierExists "form_identifier_exists" 422 "That identifier is taken. Choose another.";
            FormIdentifierNotFound "form_identifier_not_found" 422 "No account was found for this identifier.";
            FormCodeIncorrect "form_code_incorrect" 422 "The code is incorrect.";
            FormPasswordIncorrect "form_password_incorrect" 422 "The password is incorrect.";
            FormPasswordLengthTooShort "form_password_length_too_short" 422 "The password is too short.";
            FormPasswordLengthTooLong "form_password_length_too_long" 422 "The password is too long.";
            FormPasswordSizeInBytesExceeded "form_password_size_in_bytes_exceeded" 422 "The password has too many bytes.";
            FormPasswordNoUppercase "form_password_no_uppercase" 422 "The password must contain an upper-case letter.";
            FormPasswordNoLowercase "form_password_no_lowercase" 422 "The password must contain a lower-case letter.";
            FormPasswordNoNumber "form_password_no_number" 422 "The password must contain a number.";
            FormPasswordNoSpecialChar "form_password_no_special_char" 422 "The password must contain a special character.";
            FormPasswordNotStrongEnough "form_password_not_strong_enough" 422 "The password is not strong enough.";
            FormPasswordPwned "form_password_pwned" 422 "This password is one of the first that are guessed. Choose another.";
            FormPasswordMatchesIdentifier "form_password_matches_identifier" 422 "The password must differ from your identifier.";
            FormUsernameInvalidLength "form_username_invalid_length" 422 "The username is too short or too long.";
            FormUsernameInvalidCharacter "form_username_invalid_character" 422 "The username contains a character that is not allowed.";
            FormUsernameNeedsNonNumberChar "form_username_needs_non_number_char" 422 "The username must contain a character that is not a number.";
            // Flows
            SessionExists "session_exists" 400 "You are already signed in.";
            IdentifierAlreadySignedIn "identifier_already_signed_in" 400 "You are already signed in to this account.";
            ClientStateInvalid "client_state_invalid" 400 "This step is not possible now.";
            StrategyForUserInvalid "strategy_for_user_invalid" 400 "This strategy cannot be used for this account.";
            VerificationExpired "verification_expired" 400 "The code has expired. Ask for a new one.";
            VerificationFailed "verification_failed" 400 "Too many wrong attempts. Ask for a new code.";
            VerificationMissing "verification_missing" 400 "Nothing has been sent yet. Prepare a verification first.";
            VerificationAlreadyVerified "verification_already_verified" 400 "This is verified already.";
            VerificationCodeTooManyRequests "verification_code_too_many_requests" 429 "Too many codes were asked for. Try again later.";
            SessionReverificationRequired "session_reverification_required" 403 "Sign in again with your second factor to do this.";
            TotpAlreadyEnabled "totp_already_enabled" 400 "An authenticator app is set up already. Remove it first.";
            BackupCodesNotAvailable "backup_codes_not_available" 400 "Set up another second factor first.";
            NotAllowedAccess "not_allowed_access" 403 "This identifier may not be used here.";
            SignUpModeRestricted "sign_up_mode_restricted" 403 "Sign-ups are closed.";
            SignUpCannotBeUpdated "sign_up_cannot_be_updated" 403 "This sign-up is over and cannot be changed.";
            UserLocked "user_locked" 403 "The account is locked after too many wrong attempts.";
            UserBanned "user_banned" 403 "The account may not sign in.";
            FeatureNotEnabled "feature_not_enabled" 403 "This feature is not enabled.";
            VersionConflict "version_conflict" 409 "Somebody else changed this in the meantime. Read it again.";
        }
    };
}

macro_rules! codes {
    ($($variant:ident $wire:literal $status:literal $message:literal;)+) => {
        /// Why a request was not carried out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {$(
            #[doc = $message]
            $variant,
        )+}

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as REST spells it.
            #[must_use]
            pub const fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }

            /// The HTTP status that REST answers with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// The default message, for people.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)+ }
            }
        }
    };
}

error_codes!(codes);

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::HashSet;

    #[test]
    fn wire_codes_are_unique_and_snake_case() {
        let wires: HashSet<_> = Code::ALL.iter().map(|code| code.wire()).collect();
        assert_eq!(wires.len(), Code::ALL.len());
        for wire in wires {
            assert!(
                wire.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{wire}"
            );
        }
    }

    #[test]
    fn every_message_is_a_sentence_for_people() {
        for code in Code::ALL {
            let message = code.message();
            assert!(
                message.starts_with(char::is_uppercase) && message.ends_with('.'),
                "{message}"
            );
            assert!(!message.contains(['_', '`']), "{message}");
        }
    }

    #[test]
    fn every_status_is_a_client_error_but_those_of_our_own_failures() {
        for code in Code::ALL {
            let expected = match code {
                Code::InternalError => 500..=500,
                Code::ServiceUnavailable => 503..=503,
                _ => 400..=499,
            };
            assert!(expected.contains(&code.status()), "{}", code.wire());
        }
    }
}
