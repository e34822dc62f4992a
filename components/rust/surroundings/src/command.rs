//! Exports `wasi:cli/run` and nothing else, as every program does.
fn main() {
    println!("run");
}
