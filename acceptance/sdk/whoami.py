"""Asks the server through the official package whose key pair this is; prints the name as JSON."""

import json

from clearml.backend_api import Session


def main() -> None:
    answer = Session().send_request("users", "get_current_user", method="post", json={})
    print(json.dumps({"name": answer.json()["data"]["user"]["name"]}))


if __name__ == "__main__":
    main()
