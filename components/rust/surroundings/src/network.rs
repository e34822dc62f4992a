use std::io::Read;
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, OutgoingRequest, Scheme};

use crate::Attempt;

pub fn attempt(what: &str, with: &str) -> Attempt {
    match what {
        "dial" => TcpStream::connect(with)
            .map(|_| "connected".into())
            .map_err(Into::into),
        "listen" => TcpListener::bind(with)
            .map(|_| "listening".into())
            .map_err(Into::into),
        "send" => {
            UdpSocket::bind("0.0.0.0:0")?.send_to(b"x", with)?;
            Ok("sent".into())
        }
        "resolve" => {
            let found = with.to_socket_addrs()?.map(|address| address.to_string());
            Ok(found.collect::<Vec<_>>().join(" "))
        }
        _ => get(with),
    }
}

fn get(url: &str) -> Attempt {
    let (scheme, rest) = url.split_once("://").ok_or("no URL")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let request = OutgoingRequest::new(Fields::new());
    let scheme = if scheme == "https" {
        Scheme::Https
    } else {
        Scheme::Http
    };
    request.set_scheme(Some(&scheme)).map_err(|()| "scheme")?;
    request
        .set_authority(Some(authority))
        .map_err(|()| "authority")?;
    request
        .set_path_with_query(Some(&format!("/{path}")))
        .map_err(|()| "path")?;

    let future = handle(request, None)?;
    future.subscribe().block();
    let response = future.get().ok_or("not ready")?.map_err(|()| "taken")??;
    let status = response.status();
    let body = response.consume().map_err(|()| "consumed")?;
    let mut stream = body.stream().map_err(|()| "streamed")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(format!("{status} {text}"))
}
