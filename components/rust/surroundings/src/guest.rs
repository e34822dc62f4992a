//! What Rust's standard library has, which speaks WASI 0.2 itself; HTTP by the bindings that it is built on.
use std::io::Read;
use std::time::{Duration, Instant, SystemTime};
use std::{env, error::Error, fs, io, process, thread};

#[cfg(feature = "network")]
mod network;

wit_bindgen::generate!({ world: "guest", path: "../../surroundings.wit" });

struct Surroundings;
export!(Surroundings);

type Attempt = Result<String, Box<dyn Error>>;

impl exports::test::surroundings::surroundings::Guest for Surroundings {
    fn attempt(what: String, argument: String) -> Result<String, String> {
        attempt(&what, &argument).map_err(|error| error.to_string())
    }
}

fn attempt(what: &str, with: &str) -> Attempt {
    match what {
        "env" => Ok(env::var(with)?),
        "args" => Ok(env::args().collect::<Vec<_>>().join(" ")),
        "now" => Ok(SystemTime::UNIX_EPOCH.elapsed()?.as_secs().to_string()),
        "sleep" => {
            let wanted = Duration::from_millis(with.parse()?);
            let before = Instant::now();
            thread::sleep(wanted);
            Ok((before.elapsed() >= wanted).to_string())
        }
        "random" => {
            use std::hash::{BuildHasher, RandomState};
            Ok(RandomState::new().hash_one(0).to_string())
        }
        "say" => {
            println!("{with}");
            Ok(String::new())
        }
        "complain" => {
            eprintln!("{with}");
            Ok(String::new())
        }
        "hear" => {
            let mut heard = String::new();
            io::stdin().read_to_string(&mut heard)?;
            Ok(heard)
        }
        "read" => Ok(fs::read_to_string(with)?),
        "write" => {
            fs::write(with, "x")?;
            Ok(String::new())
        }
        "list" => {
            let names = fs::read_dir(with)?
                .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
            Ok(names.collect::<Result<Vec<_>, _>>()?.join(" "))
        }
        "panic" => panic!("{with}"),
        "exit" => process::exit(with.parse()?),
        #[cfg(feature = "network")]
        "dial" | "listen" | "send" | "resolve" | "get" => network::attempt(what, with),
        _ => Err(format!("no {what}").into()),
    }
}
