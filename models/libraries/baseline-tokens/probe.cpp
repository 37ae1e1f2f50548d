// The baseline of tokens: OpenSSL's signatures, and no more around them than a token needs. Its claims are always
// in the same order, so it reads them by looking for text; a library parses JSON.
#include "tokens.hpp"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <vector>

namespace {

using namespace probe;
using Bytes = std::vector<unsigned char>;

void need(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(what);
}

const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string encoded(const unsigned char* data, std::size_t size) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    text.reserve(size * 4 / 3 + 3);
    unsigned held = 0;
    int bits = 0;
    for (std::size_t i = 0; i < size; ++i) {
        held = held << 8 | data[i];
        for (bits += 8; bits >= 6; bits -= 6) text += letters[held >> (bits - 6) & 63];
    }
    if (bits) text += letters[held << (6 - bits) & 63];
    return text;
}

std::string encoded(const std::string& text) { return encoded(bytes_of(text), text.size()); }

Bytes decoded(const std::string& text) {
    Bytes data;
    data.reserve(text.size());
    unsigned held = 0;
    int bits = 0;
    for (const char letter : text) {
        const int value = letter >= 'A' && letter <= 'Z' ? letter - 'A'
            : letter >= 'a' && letter <= 'z'             ? letter - 'a' + 26
            : letter >= '0' && letter <= '9'             ? letter - '0' + 52
            : letter == '-'                              ? 62
            : letter == '_'                              ? 63
                                                         : -1;
        need(value >= 0, "not base64url");
        held = held << 6 | static_cast<unsigned>(value);
        if ((bits += 6) >= 8) data.push_back(static_cast<unsigned char>(held >> (bits -= 8)));
    }
    return data;
}

// ECDSA signatures are two numbers of 32 bytes in a token, DER in OpenSSL.
Bytes flat(const Bytes& der) {
    const unsigned char* at = der.data();
    ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    need(signature, "signature");
    Bytes both(64);
    const bool fits = BN_bn2binpad(ECDSA_SIG_get0_r(signature), both.data(), 32) == 32
        && BN_bn2binpad(ECDSA_SIG_get0_s(signature), both.data() + 32, 32) == 32;
    ECDSA_SIG_free(signature);
    need(fits, "signature");
    return both;
}

Bytes as_der(const Bytes& both) {
    need(both.size() == 64, "signature");
    ECDSA_SIG* signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn(both.data(), 32, nullptr), BN_bin2bn(both.data() + 32, 32, nullptr));
    unsigned char* made = nullptr;
    const int size = i2d_ECDSA_SIG(signature, &made);
    ECDSA_SIG_free(signature);
    const Bytes der(made, made + size);
    OPENSSL_free(made);
    return der;
}

class Raw : public Signer {
public:
    Raw(std::string algorithm, const std::string& signing, const std::string& verifying)
        : algorithm_(std::move(algorithm)) {
        if (algorithm_ == "HS256") {
            secret_ = signing + verifying;
            return;
        }
        const std::string& text = signing.empty() ? verifying : signing;
        BIO* memory = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
        key_ = signing.empty() ? PEM_read_bio_PUBKEY(memory, nullptr, nullptr, nullptr)
                               : PEM_read_bio_PrivateKey(memory, nullptr, nullptr, nullptr);
        BIO_free(memory);
        need(key_, "key");
    }
    Raw(const Raw&) = delete;
    ~Raw() override { EVP_PKEY_free(key_); }

    std::string sign() override {
        const long now = now_s();
        std::string text = encoded(header()) + "." + encoded("{\"iss\":\"" + issuer + "\",\"aud\":\"" + audience
            + "\",\"sub\":\"" + subject + "\",\"jti\":\"" + identity + "\",\"iat\":" + std::to_string(now)
            + ",\"exp\":" + std::to_string(now + lifetime_s) + "}");
        const Bytes signature = signed_(text);
        return text + "." + encoded(signature.data(), signature.size());
    }

    bool verify(const std::string& token) override {
        const std::size_t second = token.rfind('.'), first = token.find('.');
        if (second == first || second == std::string::npos) return false;
        if (!matches(token.substr(0, second), decoded(token.substr(second + 1)))) return false;
        const Bytes head = decoded(token.substr(0, first));
        const Bytes body = decoded(token.substr(first + 1, second - first - 1));
        const std::string claims(body.begin(), body.end());
        const auto has = [&](const std::string& name, const std::string& value) {
            return claims.find("\"" + name + "\":\"" + value + "\"") != std::string::npos;
        };
        const std::size_t expiry = claims.find("\"exp\":");
        return std::string(head.begin(), head.end()).find("\"" + algorithm_ + "\"") != std::string::npos
            && has("iss", issuer) && has("aud", audience) && expiry != std::string::npos
            && std::stol(claims.substr(expiry + 6)) > now_s();
    }

private:
    std::string header() const { return "{\"typ\":\"JWT\",\"alg\":\"" + algorithm_ + "\"}"; }
    const EVP_MD* digest() const { return algorithm_ == "EdDSA" ? nullptr : EVP_sha256(); }

    Bytes signed_(const std::string& text) const {
        if (algorithm_ == "HS256") return mac(text);
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        std::size_t size = 512;
        Bytes signature(size);
        const bool fine = EVP_DigestSignInit(context, nullptr, digest(), nullptr, key_) == 1
            && EVP_DigestSign(context, signature.data(), &size, bytes_of(text), text.size()) == 1;
        EVP_MD_CTX_free(context);
        need(fine, "sign");
        signature.resize(size);
        return algorithm_ == "ES256" ? flat(signature) : signature;
    }

    bool matches(const std::string& text, const Bytes& given) const {
        if (algorithm_ == "HS256") {
            const Bytes right = mac(text);
            return given.size() == right.size() && CRYPTO_memcmp(given.data(), right.data(), right.size()) == 0;
        }
        const Bytes signature = algorithm_ == "ES256" ? as_der(given) : given;
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        const bool fine = EVP_DigestVerifyInit(context, nullptr, digest(), nullptr, key_) == 1
            && EVP_DigestVerify(context, signature.data(), signature.size(), bytes_of(text), text.size()) == 1;
        EVP_MD_CTX_free(context);
        return fine;
    }

    Bytes mac(const std::string& text) const {
        Bytes made(32);
        unsigned size = 0;
        HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes_of(text), text.size(), made.data(), &size);
        return made;
    }

    std::string algorithm_, secret_;
    EVP_PKEY* key_ = nullptr;
};

}  // namespace

int main(int count, char** words) {
    const std::string about = std::string("{\"versions\":{\"OpenSSL\":\"") + OpenSSL_version(OPENSSL_VERSION_STRING)
        + "\"},\"algorithms\":[\"HS256\",\"RS256\",\"ES256\",\"EdDSA\"],\"keys\":[\"cached\",\"parsed\"]}";
    return run_tokens(count, words, about, [](const auto& algorithm, const auto& signing, const auto& verifying) {
        return std::make_unique<Raw>(algorithm, signing, verifying);
    });
}
