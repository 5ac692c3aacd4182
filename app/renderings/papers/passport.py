from collections.abc import Mapping
from typing import Any, Final

from app.models.metering.register import Energy, Zone
from app.models.payments.papers import PassportMeter, PassportRegister, PointPassport
from app.renderings.papers.parties import customer_facts, document, operator_facts
from app.renderings.papers.words import day, long_day, number, plain

ENERGIES: Final = {
    Energy.ACTIVE_IMPORT: "активна, споживання",
    Energy.ACTIVE_EXPORT: "активна, віддача",
    Energy.REACTIVE_IMPORT: "реактивна, споживання",
    Energy.REACTIVE_EXPORT: "реактивна, генерація",
}
ZONES: Final = {
    Zone.TOTAL: "уся доба",
    Zone.DAY: "день",
    Zone.NIGHT: "ніч",
    Zone.PEAK: "пік",
    Zone.HALF_PEAK: "напівпік",
}
CLASSES: Final = {1: "1 (27,5 кВ і вище)", 2: "2 (нижче ніж 27,5 кВ)"}
UNKNOWN: Final = "немає даних"


def passport_data(paper: PointPassport) -> Mapping[str, Any]:
    title = f"Паспорт точки розподілу № {plain(paper.number)}"
    power = paper.allowed_power_kw
    return {
        "document": document(title, paper.as_of, paper.operator),
        "title": title,
        "issued_on": long_day(paper.as_of),
        "operator": operator_facts(paper.operator),
        "customer": customer_facts(paper.customer),
        "facts": [
            ["EIC-код точки", plain(paper.eic)],
            ["Адреса точки", plain(paper.address)],
            ["Дозволена потужність", UNKNOWN if power is None else f"{number(power)} кВт"],
            ["Клас напруги", CLASSES[paper.voltage_class]],
        ],
        "meters": [_meter(meter) for meter in paper.meters],
    }


def _meter(meter: PassportMeter) -> Mapping[str, Any]:
    due = meter.verification_due_on
    reading = "дистанційно" if meter.is_remote else "споживачем"
    return {
        "title": f"Лічильник № {plain(meter.serial_number)}, {plain(meter.model)}",
        "facts": [
            f"встановлено {day(meter.installed_on)}",
            f"наступна повірка до {day(due)}" if due else "строк повірки — " + UNKNOWN,
            f"показання передаються {reading}",
        ],
        "registers": [_register(register) for register in meter.registers],
    }


def _register(register: PassportRegister) -> list[str]:
    places = f"{register.digits}" + (f" + {register.decimals}" if register.decimals else "")
    return [
        plain(register.code),
        ENERGIES[Energy(register.energy)],
        ZONES[Zone(register.zone)],
        places,
        number(register.multiplier),
    ]
