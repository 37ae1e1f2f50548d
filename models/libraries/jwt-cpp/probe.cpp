// jwt-cpp, header only, with the JSON parser that comes with it. An algorithm object keeps its key parsed.
#include "tokens.hpp"

#include <jwt-cpp/jwt.h>

#include <openssl/crypto.h>

namespace {

using namespace probe;
using std::chrono::seconds;
using std::chrono::system_clock;

template <class Algorithm>
class Jwt : public Signer {
public:
    explicit Jwt(const Algorithm& algorithm)
        : algorithm_(algorithm),
          verifier_(jwt::verify().allow_algorithm(algorithm).with_issuer(issuer).with_audience(audience)) {}

    std::string sign() override {
        const auto now = system_clock::from_time_t(now_s());
        return jwt::create()
            .set_type("JWT")
            .set_issuer(issuer)
            .set_audience(audience)
            .set_subject(subject)
            .set_id(identity)
            .set_issued_at(now)
            .set_expires_at(now + seconds(lifetime_s))
            .sign(algorithm_);
    }

    bool verify(const std::string& token) override {
        std::error_code wrong;
        verifier_.verify(jwt::decode(token), wrong);
        return !wrong;
    }

private:
    Algorithm algorithm_;
    decltype(jwt::verify()) verifier_;
};

template <class Algorithm>
std::unique_ptr<Signer> made(const Algorithm& algorithm) {
    return std::make_unique<Jwt<Algorithm>>(algorithm);
}

std::unique_ptr<Signer> make(const std::string& name, const std::string& signing, const std::string& verifying) {
    if (name == "HS256") return made(jwt::algorithm::hs256(signing + verifying));
    if (name == "RS256") return made(jwt::algorithm::rs256(verifying, signing));
    if (name == "ES256") return made(jwt::algorithm::es256(verifying, signing));
    return made(jwt::algorithm::ed25519(verifying, signing));
}

}  // namespace

int main(int count, char** words) {
    const std::string about = std::string("{\"versions\":{\"jwt-cpp\":\"jwt.h of SHA-256 " HEADER "...\",\"OpenSSL\":\"")
        + OpenSSL_version(OPENSSL_VERSION_STRING)
        + "\"},\"algorithms\":[\"HS256\",\"RS256\",\"ES256\",\"EdDSA\"],\"keys\":[\"cached\",\"parsed\"]}";
    return run_tokens(count, words, about, make);
}
