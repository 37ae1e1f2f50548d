// TLS 1.3 with OpenSSL as every probe has it: AES-256-GCM, the server's certificate verified.
#pragma once

#include "probe.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace probe {

inline void need(bool fine, const std::string& what) {
    if (fine) return;
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    throw std::runtime_error(what + ": " + (reason ? reason : std::strerror(errno)));
}

inline void only_tls13(SSL_CTX* context) {
    need(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1, "TLS 1.3");
    need(SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384") == 1, "cipher suite");
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

inline void prepare_server(SSL_CTX* context, const Options& options) {
    only_tls13(context);
    need(SSL_CTX_use_certificate_chain_file(context, options.get("cert").c_str()) == 1, "certificate");
    need(SSL_CTX_use_PrivateKey_file(context, options.get("key").c_str(), SSL_FILETYPE_PEM) == 1, "key");
}

inline SSL_SESSION*& last_session() {
    static SSL_SESSION* session = nullptr;
    return session;
}

// The latest ticket is kept for the next connection where sessions are to be resumed.
inline void prepare_client(SSL_CTX* context, const Options& options) {
    only_tls13(context);
    need(SSL_CTX_load_verify_locations(context, options.get("ca").c_str(), nullptr) == 1, "authority");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (!options.resumed()) return;
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, [](SSL*, SSL_SESSION* session) {
        if (last_session()) SSL_SESSION_free(last_session());
        last_session() = session;
        return 1;
    });
}

inline void before_handshake(SSL* ssl) {
    need(SSL_set1_host(ssl, "localhost") == 1 && SSL_set_tlsext_host_name(ssl, "localhost") == 1, "host name");
    if (last_session()) need(SSL_set_session(ssl, last_session()) == 1, "session");
}

inline void after_handshake(SSL* ssl) {
    if (SSL_session_reused(ssl)) ++resumptions();
}

}  // namespace probe
