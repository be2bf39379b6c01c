"""Stripe's published ways to sign: a header as its client library's own tests make them, and an event as documented."""

SECRET = "whsec_test_secret"
BODY = b"""{
  "id": "evt_test_webhook",
  "object": "event"
}"""
SUCCEEDED = (
    b'{"id":"evt_3PgafmB7WZ01zgkW1BSaJDtP","object":"event","api_version":"2024-06-20","created":1722116522,'
    b'"data":{"object":{"id":"pi_3PgafmB7WZ01zgkW1PCHoE7N","object":"payment_intent","amount":25000,'
    b'"amount_received":25000,"currency":"usd","customer":"cus_1","latest_charge":"ch_1","metadata":'
    b'{"reference":"01890000-0000-7000-8000-000000000000"},"status":"succeeded","created":1722116520}},'
    b'"livemode":false,"pending_webhooks":2,"request":{"id":"req_1","idempotency_key":"inv:1:a:1"},'
    b'"type":"payment_intent.succeeded"}'
)
