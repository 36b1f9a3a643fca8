//! The table of strategies: every way to prove an identification or oneself, in the order in which they are offered.
//!
//! Who needs something for each of them names a callback: `strategies!(callback)` calls `callback!` with all rows. A row is
//! the variant, the word that is stored and sent, and the name of the modules that say what is special about it: its rules
//! (`domain/factor/<module>.rs`) and its steps (`service/factor/<module>.rs`). Nothing else lists strategies.

/// Calls a macro with the rows of the table.
#[macro_export]
macro_rules! strategies {
    ($callback:ident) => {
        $callback! {
            /// The user's password.
            Password = "password" in password;
            /// A one-time code sent to an e-mail address.
            EmailCode = "email_code" in email_code;
            /// The code of an authenticator app.
            Totp = "totp" in totp;
            /// A code that stands in for another second proof.
            BackupCode = "backup_code" in backup_code;
        }
    };
}
