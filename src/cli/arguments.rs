//! What can be written on the command line.
//!
//! Settings are not here: they come from the configuration, so that every command sees the same ones.

use clap::{Args, Parser, Subcommand};
use domain::settings::federation::is_type_prefix;
use entity::kind::InstanceEnvironment;
use kernel::config::{Overrides, http::parse_origin, variable};
use std::path::PathBuf;
use url::Url;

/// Self-hosted authentication and user management.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "vestibule", version, after_help = HINT, after_long_help = settings())]
pub struct Arguments {
    /// Configuration file, instead of vestibule.toml in the working directory
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory of the data, instead of ./data and what the environment says
    #[arg(long, global = true, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    /// What to do; serve if nothing is given.
    #[command(subcommand)]
    command: Option<Command>,
}

/// What is short enough to stand under every help.
const HINT: &str = "\
Example:
  vestibule serve --port 4000 --data-dir ./data

`vestibule --help` names the environment variables.";

/// The example and every environment variable.
fn settings() -> String {
    let variables: String = variable::described()
        .map(|(variable, sentence)| format!("\n  {variable}\n          {sentence}"))
        .collect();
    format!(
        "\
Examples:
  vestibule serve --port 4000 --data-dir ./data
  VESTIBULE_LISTEN=127.0.0.1:4000 VESTIBULE_SMTP_URL=smtp://localhost:25 vestibule serve
  vestibule instance create --slug main --environment production --origin https://auth.example.com

Commands that look at data work where the server runs, or with its --data-dir and --config.

Environment variables (each is a key of vestibule.toml too; config.example.toml says more):{variables}"
    )
}

impl Arguments {
    /// What the command line says instead of settings.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        let port = match &self.command {
            Some(Command::Serve(arguments)) => arguments.port,
            _ => None,
        };
        Overrides {
            port,
            data_dir: self.data_dir.clone(),
        }
    }

    /// What to do: the command that was written, else `serve`.
    #[must_use]
    pub fn into_command(self) -> Command {
        self.command
            .unwrap_or_else(|| Command::Serve(ServeArguments::default()))
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve HTTP and run background jobs (the default)
    Serve(ServeArguments),
    /// Run background jobs only
    Worker,
    /// Bring the database to the current schema
    Migrate,
    /// Print the GraphQL schema
    Schema(SchemaArguments),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check that this installation is ready for production
    Doctor,
    /// Create and configure instances
    #[command(subcommand)]
    Instance(InstanceCommand),
    /// List, create and rotate keys
    #[command(subcommand)]
    Key(KeyCommand),
}

/// How to serve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(after_help = HINT, after_long_help = settings())]
pub struct ServeArguments {
    /// Port, instead of the one in `listen`; 0 takes a free one
    #[arg(long)]
    pub port: Option<u16>,
    /// Leave background jobs to other processes
    #[arg(long)]
    pub no_worker: bool,
}

/// Which schema to print.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct SchemaArguments {
    /// The one that a gateway composes (Apollo Federation 2)
    #[arg(long)]
    pub federation: bool,
    /// What the names of its types begin with, as the instance's setting says
    #[arg(long, value_name = "PREFIX", requires = "federation", value_parser = type_prefix, default_value_t)]
    pub type_prefix: String,
}

/// What to do with the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Tell everything that is wrong with it
    Check,
}

/// What to do with instances.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum InstanceCommand {
    /// Create an instance
    Create(CreateInstanceArguments),
    /// List the instances
    List,
    /// Read and change the settings of an instance
    #[command(subcommand)]
    Settings(InstanceSettingsCommand),
}

/// A new instance.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CreateInstanceArguments {
    /// Short name, unique on this server
    #[arg(long)]
    pub slug: String,
    /// What it is for: development or production
    #[arg(long, value_parser = environment, default_value_t = InstanceEnvironment::Development)]
    pub environment: InstanceEnvironment,
    /// Scheme, host and port people reach it at [development default: the slug under localhost]
    #[arg(long, value_parser = origin)]
    pub origin: Option<Url>,
}

/// What to do with the settings of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum InstanceSettingsCommand {
    /// Print the settings as JSON
    Get {
        /// Which instance, by slug or identifier; may be left out if there is only one
        #[arg(long, value_name = "NAME")]
        instance: Option<String>,
    },
    /// Change the settings that a JSON file names; the rest stays
    Set {
        /// The JSON file
        file: PathBuf,
        /// Which instance, by slug or identifier; may be left out if there is only one
        #[arg(long, value_name = "NAME")]
        instance: Option<String>,
    },
}

/// What to do with keys.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum KeyCommand {
    /// List the keys, without their secrets
    List {
        /// Which instance, by slug or identifier; may be left out if there is only one
        #[arg(long, value_name = "NAME")]
        instance: Option<String>,
    },
    /// Make another secret key and print it, once; those before it stay valid
    Create {
        /// Which instance, by slug or identifier; may be left out if there is only one
        #[arg(long, value_name = "NAME")]
        instance: Option<String>,
    },
    /// Make a new signing key; the old one still verifies
    Rotate {
        /// Which instance, by slug or identifier; may be left out if there is only one
        #[arg(long, value_name = "NAME")]
        instance: Option<String>,
    },
}

fn type_prefix(text: &str) -> Result<String, String> {
    let expected = || "expected a letter with up to 31 letters, digits and underscores behind it".to_owned();
    is_type_prefix(text).then(|| text.to_owned()).ok_or_else(expected)
}

fn environment(text: &str) -> Result<InstanceEnvironment, String> {
    InstanceEnvironment::parse(text).ok_or_else(|| "expected development or production".to_owned())
}

fn origin(text: &str) -> Result<Url, String> {
    parse_origin(text).ok_or_else(|| "expected an origin such as https://auth.example.com".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory as _, error::ErrorKind};
    use std::path::Path;

    const INSTANCE: &str = "ins_0ujtsYcgvSTl8PAuAdqWYSMnLOv";

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(std::iter::once("vestibule").chain(line.split_whitespace()))
    }

    fn command(line: &str) -> Command {
        parse(line).unwrap().into_command()
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default() {
        let plain = ServeArguments {
            port: None,
            no_worker: false,
        };
        assert_eq!(command(""), Command::Serve(plain));
        assert_eq!(command("serve"), command(""));
        assert_eq!(
            command("serve --no-worker"),
            Command::Serve(ServeArguments {
                port: None,
                no_worker: true
            })
        );
    }

    #[test]
    fn port_and_data_directory_are_taken_where_people_type_them() {
        let overrides = |line: &str| parse(line).unwrap().overrides();
        let data = Some(PathBuf::from("d"));
        assert_eq!(
            overrides("serve --port 5000 --data-dir d"),
            Overrides {
                port: Some(5000),
                data_dir: data.clone()
            }
        );
        for line in ["--data-dir d", "doctor --data-dir d", "--data-dir d key list"] {
            assert_eq!(overrides(line).data_dir, data, "{line}");
        }
        assert_eq!(overrides("serve"), Overrides::default());
    }

    #[test]
    fn the_configuration_file_may_be_named_before_or_after_the_command() {
        for line in [
            "--config a.toml",
            "--config a.toml serve",
            "serve --config a.toml",
            "config check --config a.toml",
        ] {
            assert_eq!(
                parse(line).unwrap().config.as_deref(),
                Some(Path::new("a.toml")),
                "{line}"
            );
        }
        assert_eq!(parse("serve").unwrap().config, None);
    }

    #[test]
    fn plain_commands_are_recognised() {
        let expected = [
            ("worker", Command::Worker),
            ("migrate", Command::Migrate),
            ("schema", Command::Schema(SchemaArguments::default())),
            ("config check", Command::Config(ConfigCommand::Check)),
            ("doctor", Command::Doctor),
            ("instance list", Command::Instance(InstanceCommand::List)),
            ("key list", Command::Key(KeyCommand::List { instance: None })),
            ("key create", Command::Key(KeyCommand::Create { instance: None })),
            ("key rotate", Command::Key(KeyCommand::Rotate { instance: None })),
        ];
        for (line, expected) in expected {
            assert_eq!(command(line), expected, "{line}");
        }
    }

    #[test]
    fn the_schema_of_a_gateway_may_have_a_prefix() {
        let schema = |prefix: &str| {
            Command::Schema(SchemaArguments {
                federation: true,
                type_prefix: prefix.to_owned(),
            })
        };
        assert_eq!(command("schema --federation"), schema(""));
        assert_eq!(command("schema --federation --type-prefix Auth"), schema("Auth"));
    }

    #[test]
    fn an_instance_is_a_development_one_unless_told_otherwise() {
        let create = |environment, origin: Option<&str>| {
            let origin = origin.map(|text| text.parse().unwrap());
            Command::Instance(InstanceCommand::Create(CreateInstanceArguments {
                slug: "shop".to_owned(),
                environment,
                origin,
            }))
        };
        assert_eq!(
            command("instance create --slug shop"),
            create(InstanceEnvironment::Development, None)
        );
        assert_eq!(
            command("instance create --slug shop --environment production --origin https://auth.shop.example"),
            create(InstanceEnvironment::Production, Some("https://auth.shop.example"))
        );
    }

    #[test]
    fn settings_are_read_and_written_for_one_instance() {
        let settings = |command| Command::Instance(InstanceCommand::Settings(command));
        let id = || Some(INSTANCE.to_owned());
        let get = |instance| settings(InstanceSettingsCommand::Get { instance });
        let set = |instance| {
            settings(InstanceSettingsCommand::Set {
                file: PathBuf::from("a.json"),
                instance,
            })
        };
        assert_eq!(command("instance settings get"), get(None));
        assert_eq!(
            command(&format!("instance settings get --instance {INSTANCE}")),
            get(id())
        );
        assert_eq!(command("instance settings set a.json"), set(None));
        assert_eq!(
            command(&format!("instance settings set a.json --instance {INSTANCE}")),
            set(id())
        );
    }

    #[test]
    fn wrong_arguments_are_refused() {
        for (line, expected) in [
            ("sing", ErrorKind::InvalidSubcommand),
            ("worker --no-worker", ErrorKind::UnknownArgument),
            ("doctor --port 1", ErrorKind::UnknownArgument),
            ("serve --port 70000", ErrorKind::ValueValidation),
            ("instance create", ErrorKind::MissingRequiredArgument),
            (
                "instance create --slug a --environment staging",
                ErrorKind::ValueValidation,
            ),
            (
                "instance create --slug a --origin https://a.example/path",
                ErrorKind::ValueValidation,
            ),
            ("instance settings set", ErrorKind::MissingRequiredArgument),
            ("schema --type-prefix Auth", ErrorKind::MissingRequiredArgument),
            ("schema --federation --type-prefix _A", ErrorKind::ValueValidation),
        ] {
            assert_eq!(parse(line).unwrap_err().kind(), expected, "{line}");
        }
    }
}
