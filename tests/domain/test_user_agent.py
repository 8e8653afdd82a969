import pytest

from keydesk.domain.user_agent import device_type

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36", "Windows, Chrome"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0", "Windows, Edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Linux, Firefox"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.0 Safari/605.1.15", "macOS, Safari"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {WEBKIT} CriOS/131 Safari/604.1", "iOS, Chrome"),
        (f"Mozilla/5.0 (Linux; Android 15) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36", "Android, Chrome"),
        ("Boto3/1.35.0 md/Botocore#1.35.0 ua/2.0 os/linux#6.1 lang/python#3.11", "Linux, Boto3"),
        ("okhttp/4.12.0", "okhttp"),
        ("Mozilla/5.0", "unknown"),
        ("", "unknown"),
        ("\x00/\ud800 é", "unknown"),
    ],
)
def test_what_an_agent_says(agent: str, told: str) -> None:
    assert device_type(agent) == told
