"""The headers that tell browsers what a response may be used for: every response has them, and the page has its own."""

from starlette.requests import Request
from starlette.responses import Response

from shared.public_address import public_address
from web.request_origin import is_loopback, is_loopback_request

NO_SNIFFING = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
# What is no page must never act as one, should a browser show it after all.
NO_PAGE = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}
DISABLED_FEATURES = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope",
    "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in DISABLED_FEATURES)
ONE_YEAR = "max-age=31536000"


def add_security_headers(request: Request, response: Response) -> None:
    """Add what the response does not say itself."""
    headers = NO_SNIFFING | NO_PAGE
    if not 300 <= response.status_code < 400:  # pages of others may show our pictures, but read nothing else
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if is_https(request):
        headers["Strict-Transport-Security"] = ONE_YEAR
    for name, value in headers.items():
        response.headers.setdefault(name, value)


def is_https(request: Request) -> bool:
    """
    Whether the browser has come by https, and not to this machine itself: by PUBLIC_URL, or without one by what the
    host and Azure's front end say.

    A client that lies here gets only a header that browsers ignore over http.
    """
    public = public_address()
    if public.origin:
        return public.is_https and not is_loopback(public.host)
    if is_loopback_request(request.headers):
        return False
    protocols = (request.headers.get(name) for name in ("x-forwarded-proto", "x-appservice-proto"))
    return "https" in protocols or "x-arr-ssl" in request.headers
