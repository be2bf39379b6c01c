"""EasyPost's own examples of signed webhooks, as its client libraries test themselves with them."""

SECRET = "s\u00e9cret"

BATCH_CREATED = (
    b'{"result":{"id":"batch_123...","object":"Batch","mode":"test","state":"created","num_shipments":0,'
    b'"reference":null,"created_at":"2022-07-26T17:22:32Z","updated_at":"2022-07-26T17:22:32Z","scan_form":null,'
    b'"shipments":[],"status":{"created":0,"queued_for_purchase":0,"creation_failed":0,"postage_purchased":0,'
    b'"postage_purchase_failed":0},"pickup":null,"label_url":null},"description":"batch.created","mode":"test",'
    b'"previous_attributes":null,"completed_urls":null,"user_id":"user_123...","status":"pending","object":"Event",'
    b'"id":"evt_123..."}'
)
BATCH_SIGNATURE = "hmac-sha256-hex=e93977c8ccb20363d51a62b3fe1fc402b7829be1152da9e88cf9e8d07115a46b"


def _scan(message: str, status: str, datetime: str, code: str, place: str) -> str:
    status, _, detail = status.partition("/")
    return (
        f'{{"object":"TrackingDetail","message":"{message}","description":"{message}","status":"{status}",'
        f'"status_detail":"{detail}","datetime":"{datetime}","source":"FedEx","carrier_code":"{code}",'
        f'"tracking_location":{{"object":"TrackingLocation",{place}}}}}'
    )


def _town(city: str, state: str, code: str) -> str:
    return f'"city":"{city}","state":"{state}","country":"US","zip":"{code}"'


_ORLANDO, _ARRIVED = _town("ORLANDO", "FL", "32809"), "in_transit/arrived_at_facility"
_NOWHERE = '"city":null,"state":null,"country":"US","zip":"32837"'
_SENT = "Shipment information sent to FedEx"
_SCANS = ",".join(
    (
        _scan(_SENT, "pre_transit/label_created", "2024-07-31T15:00:00Z", "OC", _NOWHERE),
        _scan("Picked up", _ARRIVED, "2024-07-31T19:27:00Z", "PU", _ORLANDO),
        _scan("Arrived at FedEx location", _ARRIVED, "2024-07-31T22:35:00Z", "AR", _ORLANDO),
        _scan("Departed FedEx location", "in_transit/departed_facility", "2024-08-01T14:42:13Z", "DP", _ORLANDO),
        _scan("On the way", "in_transit/unknown", "2024-08-02T02:46:19Z", "IT", _town("KENLY", "NC", "27542")),
        _scan("On the way", "in_transit/unknown", "2024-08-02T18:35:20Z", "IT", _town("EDISON TWP", "NJ", "08817")),
        _scan("Arrived at FedEx location", _ARRIVED, "2024-08-02T18:50:00Z", "AR", _town("EDISON", "NJ", "08817")),
    )
)
TRACKER_UPDATED = (
    '{"description":"tracker.updated","mode":"production","previous_attributes":{"status":"in_transit"},'
    '"created_at":"2024-08-02T19:26:52.000Z","pending_urls":["https://example.com/easypost"],"completed_urls":[],'
    '"updated_at":"2024-08-02T19:26:52.000Z","id":"evt_1","user_id":"user_1","status":"pending","object":"Event",'
    '"result":{"id":"trk_1","object":"Tracker","mode":"production","tracking_code":"1","status":"in_transit",'
    '"status_detail":"arrived_at_facility","created_at":"2024-07-31T14:45:27Z","updated_at":"2024-08-02T19:26:51Z",'
    '"signed_by":null,"weight":614.4,"est_delivery_date":"2024-08-05T00:00:00Z","shipment_id":null,"carrier":"FedEx",'
    f'"tracking_details":[{_SCANS}],'
    '"carrier_detail":{"object":"CarrierDetail","service":"FEDEX_GROUND","container_type":null,'
    '"est_delivery_date_local":"2024-08-05","est_delivery_time_local":null,"origin_location":"ORLANDO FL US",'
    f'"origin_tracking_location":{{"object":"TrackingLocation",{_ORLANDO}}},'
    '"destination_location":"BROOKLYN HGTS NY US","destination_tracking_location":null,'
    '"guaranteed_delivery_date":null,"alternate_identifier":null,"initial_delivery_attempt":null},'
    '"finalized":false,"is_return":false,"public_url":"https://track.easypost.com/1"}}'
).encode()
TRACKER_SIGNATURE = "hmac-sha256-hex=38f3f53c103713df81616a0a186d77141957323ec21d5fe9363db93840f527db"

TRACKER_RESOURCE = frozenset(
    {
        "carrier",
        "carrier_detail",
        "created_at",
        "est_delivery_date",
        "fees",
        "finalized",
        "id",
        "is_return",
        "mode",
        "object",
        "public_url",
        "shipment_id",
        "signed_by",
        "status",
        "status_detail",
        "tracking_code",
        "tracking_details",
        "updated_at",
        "weight",
    }
)

STATUS_DETAILS = frozenset(
    {
        "address_correction",
        "arrived_at_destination",
        "arrived_at_facility",
        "arrived_at_pickup_location",
        "awaiting_information",
        "cancelled",
        "damaged",
        "delayed",
        "delivery_exception",
        "departed_facility",
        "departed_origin_facility",
        "expired",
        "failure",
        "held",
        "in_transit",
        "label_created",
        "lost",
        "missorted",
        "out_for_delivery",
        "received_at_destination_facility",
        "received_at_origin_facility",
        "refused",
        "return",
        "status_update",
        "transferred_to_destination_carrier",
        "transit_exception",
        "unknown",
        "weather_delay",
    }
)
