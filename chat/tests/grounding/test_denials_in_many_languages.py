"""A sentence that denies what its passage says is not supported, in whatever language.

Each passage has sentences that it supports, and such as it does not.
"""

import pytest

from chat.grounding.grade import Grade, judge

CASES = [
    (
        "Die Kündigung ist während der Probezeit zulässig.",
        [],
        [
            "Die Kündigung ist während der Probezeit nicht zulässig.",
            "Die Kündigung ist während der Probezeit unzulässig.",
        ],
    ),
    (
        "Haustiere sind in der Wohnung nicht erlaubt.",
        [],
        [
            "Haustiere sind in der Wohnung erlaubt.",
        ],
    ),
    (
        "Mitarbeiter haben keinen Anspruch auf Sonderzahlungen.",
        [],
        [
            "Mitarbeiter haben Anspruch auf Sonderzahlungen.",
        ],
    ),
    (
        "Der Vermieter haftet nie für verlorene Schlüssel.",
        [],
        [
            "Der Vermieter haftet für verlorene Schlüssel.",
        ],
    ),
    (
        "Der Umsatz stieg 2023 um 5 Prozent.",
        [],
        [
            "Der Umsatz sank 2023 um 5 Prozent.",
            "Der Umsatz stieg 2023 nicht um 5 Prozent.",
        ],
    ),
    (
        "Der Mieter zahlt die Reparaturen.",
        [],
        [
            "Der Vermieter zahlt die Reparaturen.",
        ],
    ),
    (
        "Le contrat peut être résilié à tout moment.",
        [],
        [
            "Le contrat ne peut pas être résilié à tout moment.",
            "Le contrat ne peut jamais être résilié à tout moment.",
        ],
    ),
    (
        "Les animaux ne sont pas autorisés dans le bâtiment.",
        [],
        [
            "Les animaux sont autorisés dans le bâtiment.",
        ],
    ),
    (
        "Le chiffre d'affaires a augmenté de 5 % en 2023.",
        [],
        [
            "Le chiffre d'affaires a baissé de 5 % en 2023.",
            "Le chiffre d'affaires n'a pas augmenté de 5 % en 2023.",
        ],
    ),
    (
        "Aucun remboursement n'est possible après 30 jours.",
        [],
        [
            "Un remboursement est possible après 30 jours.",
        ],
    ),
    (
        "Le produit contient du lactose.",
        [],
        [
            "Le produit est sans lactose.",
            "Le produit ne contient pas de lactose.",
        ],
    ),
    (
        "El contrato puede rescindirse en cualquier momento.",
        [],
        [
            "El contrato no puede rescindirse en cualquier momento.",
        ],
    ),
    (
        "Los animales no están permitidos en el edificio.",
        [],
        [
            "Los animales están permitidos en el edificio.",
        ],
    ),
    (
        "Las ventas aumentaron un 5 % en 2023.",
        [],
        [
            "Las ventas disminuyeron un 5 % en 2023.",
            "Las ventas no aumentaron un 5 % en 2023.",
        ],
    ),
    (
        "El medicamento nunca debe tomarse con alcohol.",
        [],
        [
            "El medicamento debe tomarse con alcohol.",
        ],
    ),
    (
        "Il contratto può essere risolto in qualsiasi momento.",
        [],
        [
            "Il contratto non può essere risolto in qualsiasi momento.",
        ],
    ),
    (
        "Gli animali non sono ammessi nell'edificio.",
        [],
        [
            "Gli animali sono ammessi nell'edificio.",
        ],
    ),
    (
        "Le vendite sono aumentate del 5% nel 2023.",
        [],
        [
            "Le vendite sono diminuite del 5% nel 2023.",
        ],
    ),
    (
        "O contrato pode ser rescindido a qualquer momento.",
        [],
        [
            "O contrato não pode ser rescindido a qualquer momento.",
        ],
    ),
    (
        "As vendas aumentaram 5% em 2023.",
        [],
        [
            "As vendas diminuíram 5% em 2023.",
            "As vendas não aumentaram 5% em 2023.",
        ],
    ),
    (
        "Huisdieren zijn niet toegestaan in het gebouw.",
        [],
        [
            "Huisdieren zijn toegestaan in het gebouw.",
        ],
    ),
    (
        "Er is geen parkeerplaats bij het hotel in Utrecht.",
        [],
        [
            "Er is een parkeerplaats bij het hotel in Utrecht.",
        ],
    ),
    (
        "Husdjur är inte tillåtna i byggnaden.",
        [],
        [
            "Husdjur är tillåtna i byggnaden.",
        ],
    ),
    (
        "Kæledyr er ikke tilladt i bygningen.",
        [],
        [
            "Kæledyr er tilladt i bygningen.",
        ],
    ),
    (
        "Kjæledyr er ikke tillatt i bygningen.",
        [],
        [
            "Kjæledyr er tillatt i bygningen.",
        ],
    ),
    (
        "Lemmikit eivät ole sallittuja rakennuksessa.",
        [],
        [
            "Lemmikit ovat sallittuja rakennuksessa.",
        ],
    ),
    (
        "Zwierzęta nie są dozwolone w budynku.",
        [],
        [
            "Zwierzęta są dozwolone w budynku.",
        ],
    ),
    (
        "Zvířata nejsou v budově povolena.",
        [],
        [
            "Zvířata jsou v budově povolena.",
        ],
    ),
    (
        "A háziállatok nem megengedettek az épületben.",
        [],
        [
            "A háziállatok megengedettek az épületben.",
        ],
    ),
    (
        "Animalele nu sunt permise în clădire.",
        [],
        [
            "Animalele sunt permise în clădire.",
        ],
    ),
    (
        "Животные не допускаются в здание.",
        [],
        [
            "Животные допускаются в здание.",
        ],
    ),
    (
        "Договор может быть расторгнут в любое время.",
        [],
        [
            "Договор не может быть расторгнут в любое время.",
        ],
    ),
    (
        "Продажи выросли на 5% в 2023 году.",
        [],
        [
            "Продажи упали на 5% в 2023 году.",
            "Продажи снизились на 5% в 2023 году.",
        ],
    ),
    (
        "Тварини не допускаються до будівлі.",
        [],
        [
            "Тварини допускаються до будівлі.",
        ],
    ),
    (
        "Τα κατοικίδια δεν επιτρέπονται στο κτίριο.",
        [],
        [
            "Τα κατοικίδια επιτρέπονται στο κτίριο.",
        ],
    ),
    (
        "Evcil hayvanlara binada izin verilmez.",
        [
            "Binada evcil hayvanlara izin verilmez.",
        ],
        [
            "Evcil hayvanlara binada izin verilir.",
        ],
    ),
    (
        "Sözleşme her zaman feshedilebilir değildir.",
        [],
        [
            "Sözleşme her zaman feshedilebilir.",
        ],
    ),
    (
        "Satışlar 2023'te yüzde 5 arttı.",
        [],
        [
            "Satışlar 2023'te yüzde 5 azaldı.",
            "Satışlar 2023'te yüzde 5 artmadı.",
        ],
    ),
    (
        "لا يسمح بدخول الحيوانات إلى المبنى.",
        [
            "لا يُسْمَحُ بِدُخُولِ الحَيَوَانَاتِ إِلَى المَبْنَى.",
        ],
        [
            "يسمح بدخول الحيوانات إلى المبنى.",
        ],
    ),
    (
        "ارتفعت المبيعات بنسبة 5٪ في عام 2023.",
        [],
        [
            "انخفضت المبيعات بنسبة 5٪ في عام 2023.",
            "لم ترتفع المبيعات بنسبة 5٪ في عام 2023.",
        ],
    ),
    (
        "בעלי חיים אינם מורשים בבניין.",
        [],
        [
            "בעלי חיים מורשים בבניין.",
        ],
    ),
    (
        "המכירות עלו ב-5% בשנת 2023.",
        [],
        [
            "המכירות ירדו ב-5% בשנת 2023.",
            "המכירות לא עלו ב-5% בשנת 2023.",
        ],
    ),
    (
        "حیوانات در ساختمان مجاز نیستند.",
        [],
        [
            "حیوانات در ساختمان مجاز هستند.",
        ],
    ),
    (
        "इमारत में जानवरों की अनुमति नहीं है।",
        [],
        [
            "इमारत में जानवरों की अनुमति है।",
        ],
    ),
    (
        "2023 में बिक्री 5% बढ़ी।",
        [],
        [
            "2023 में बिक्री 5% घटी।",
            "2023 में बिक्री 5% नहीं बढ़ी।",
            "2023 में बकरे 5% बढ़े।",
        ],
    ),
    (
        "ভবনে প্রাণীর অনুমতি নেই।",
        [],
        [
            "ভবনে প্রাণীর অনুমতি আছে।",
        ],
    ),
    (
        "ไม่อนุญาตให้นำสัตว์เลี้ยงเข้าอาคาร",
        [
            "ห้ามนำสัตว์เลี้ยงเข้าอาคาร",
        ],
        [
            "อนุญาตให้นำสัตว์เลี้ยงเข้าอาคาร",
        ],
    ),
    (
        "ยอดขายเพิ่มขึ้น 5% ในปี 2566",
        [],
        [
            "ยอดขายลดลง 5% ในปี 2566",
            "ยอดขายไม่เพิ่มขึ้น 5% ในปี 2566",
        ],
    ),
    (
        "สัญญาสามารถยกเลิกได้ตลอดเวลา",
        [],
        [
            "สัญญาไม่สามารถยกเลิกได้ตลอดเวลา",
        ],
    ),
    (
        "Không được mang vật nuôi vào tòa nhà.",
        [
            "Vật nuôi không được mang vào tòa nhà.",
        ],
        [
            "Được mang vật nuôi vào tòa nhà.",
        ],
    ),
    (
        "Doanh thu tăng 5% trong năm 2023.",
        [],
        [
            "Doanh thu giảm 5% trong năm 2023.",
            "Doanh thu không tăng 5% trong năm 2023.",
        ],
    ),
    (
        "Hewan peliharaan tidak diizinkan di gedung.",
        [],
        [
            "Hewan peliharaan diizinkan di gedung.",
        ],
    ),
    (
        "Penjualan naik 5% pada tahun 2023.",
        [],
        [
            "Penjualan turun 5% pada tahun 2023.",
            "Penjualan tidak naik 5% pada tahun 2023.",
        ],
    ),
    (
        "建物内でのペットの飼育は認められていない。",
        [],
        [
            "建物内でのペットの飼育は認められている。",
        ],
    ),
    (
        "契約はいつでも解除できる。",
        [],
        [
            "契約はいつでも解除できない。",
            "契約はいつでも解除できません。",
        ],
    ),
    (
        "2023年の売上は5%増加した。",
        [],
        [
            "2023年の売上は5%減少した。",
            "2023年の売上は5%増加しなかった。",
        ],
    ),
    (
        "この保険は地震による損害を補償します。",
        [],
        [
            "この保険は地震による損害を補償しません。",
        ],
    ),
    (
        "未成年者は参加できる。",
        [],
        [
            "未成年者は参加できない。",
        ],
    ),
    (
        "建筑物内不允许携带宠物。",
        [],
        [
            "建筑物内允许携带宠物。",
        ],
    ),
    (
        "合同可以随时解除。",
        [],
        [
            "合同不可以随时解除。",
            "合同不能随时解除。",
        ],
    ),
    (
        "2023年销售额增长了5%。",
        [],
        [
            "2023年销售额下降了5%。",
            "2023年销售额没有增长5%。",
        ],
    ),
    (
        "该公司有海外业务。",
        [],
        [
            "该公司没有海外业务。",
            "该公司无海外业务。",
        ],
    ),
    (
        "員工享有加班費。",
        [],
        [
            "員工不享有加班費。",
        ],
    ),
    (
        "회사는 야근 수당을 지급한다.",
        [],
        [
            "회사는 야근 수당을 지급하지 않는다.",
        ],
    ),
    (
        "계약은 언제든지 해지할 수 있다.",
        [],
        [
            "계약은 언제든지 해지할 수 없다.",
            "계약은 언제든지 해지하지 못한다.",
        ],
    ),
    (
        "반려동물 출입은 금지된다.",
        [],
        [
            "반려동물 출입은 허용된다.",
        ],
    ),
    (
        "2023년 매출은 5% 증가했다.",
        [],
        [
            "2023년 매출은 5% 감소했다.",
            "2023년 매출은 5% 증가하지 않았다.",
        ],
    ),
    (
        "미성년자는 참가할 수 있다.",
        [],
        [
            "미성년자는 참가가 불가능하다.",
        ],
    ),
    (
        "보험은 지진 피해를 보상한다.",
        [],
        [
            "보험은 지진 피해를 보상하지 않는다.",
        ],
    ),
    (
        "The contract can be cancelled at any time.",
        [],
        [
            "The contract cannot be cancelled at any time.",
            "The contract can't be cancelled at any time.",
            "The contract can never be cancelled at any time.",
        ],
    ),
    (
        "Employees are eligible for overtime pay.",
        [],
        [
            "Employees are ineligible for overtime pay.",
            "Employees are no longer eligible for overtime pay.",
            "Employees are not eligible for overtime pay.",
        ],
    ),
    (
        "The drug is safe during pregnancy.",
        [],
        [
            "The drug is unsafe during pregnancy.",
            "The drug is not considered safe during pregnancy.",
        ],
    ),
    (
        "Pets are allowed in the building.",
        [],
        [
            "Pets are prohibited in the building.",
            "Pets are disallowed in the building.",
            "No pets are allowed in the building.",
        ],
    ),
    (
        "The committee rejected the proposal.",
        [],
        [
            "The committee approved the proposal.",
            "The committee failed to reject the proposal.",
        ],
    ),
    (
        "The policy covers flood damage.",
        [],
        [
            "The policy excludes flood damage.",
            "The policy does not cover flood damage.",
        ],
    ),
    (
        "The product contains lactose.",
        [],
        [
            "The product is free of lactose.",
            "The product contains no lactose.",
            "The product is lactose-free.",
        ],
    ),
    (
        "The company lacks a data protection officer.",
        [
            "The company has no data protection officer.",
            "The company does not have a data protection officer.",
        ],
        [
            "The company has a data protection officer.",
        ],
    ),
    (
        "Few customers complained about the delay.",
        [],
        [
            "Many customers complained about the delay.",
        ],
    ),
    (
        "All members voted for the motion.",
        [],
        [
            "No members voted for the motion.",
        ],
    ),
    (
        "The deposit is refundable.",
        [],
        [
            "The deposit is non-refundable.",
            "The deposit is nonrefundable.",
        ],
    ),
    (
        "Neither the tenant nor the landlord may terminate early.",
        [],
        [
            "Both the tenant and the landlord may terminate early.",
        ],
    ),
    (
        "Smoking is allowed everywhere except in the kitchen.",
        [],
        [
            "Smoking is allowed in the kitchen.",
        ],
    ),
    (
        "Visitors must register at the desk.",
        [],
        [
            "Visitors need not register at the desk.",
        ],
    ),
    (
        "Haustiere sind in der Wohnung nicht erlaubt, Besuch ist willkommen.",
        [
            "In der Wohnung sind Haustiere nicht erlaubt.",
            "Besuch ist willkommen.",
            "Haustiere sind nicht erlaubt, Besuch ist willkommen.",
        ],
        [],
    ),
    (
        "Das Gerät ist nicht wasserdicht und wiegt 200 Gramm.",
        [
            "Das Gerät wiegt 200 Gramm.",
            "Das Gerät ist nicht wasserdicht.",
        ],
        [],
    ),
    (
        "Der Kurs kostet nicht mehr als 50 Euro im Monat.",
        [
            "Der Kurs kostet im Monat nicht mehr als 50 Euro.",
        ],
        [],
    ),
    (
        "Kunden können ohne Aufpreis bis zum Vortag umbuchen.",
        [
            "Kunden können bis zum Vortag umbuchen.",
            "Bis zum Vortag können Kunden ohne Aufpreis umbuchen.",
        ],
        [],
    ),
    (
        "Es fallen keine Gebühren an, wenn die Kündigung vor Juni eingeht.",
        [
            "Wenn die Kündigung vor Juni eingeht, fallen keine Gebühren an.",
        ],
        [],
    ),
    (
        "Le service n'est plus disponible depuis 2022.",
        [
            "Depuis 2022, le service n'est plus disponible.",
        ],
        [],
    ),
    (
        "Les animaux ne sont pas admis, mais les chiens guides sont acceptés.",
        [
            "Les chiens guides sont acceptés.",
            "Les animaux ne sont pas admis.",
        ],
        [],
    ),
    (
        "No hay aparcamiento en el hotel; el desayuno cuesta 12 euros.",
        [
            "El desayuno cuesta 12 euros.",
            "En el hotel no hay aparcamiento.",
        ],
        [],
    ),
    (
        "No existe ningún cargo por cancelación antes de junio.",
        [
            "No existe cargo por cancelación antes de junio.",
            "Antes de junio no existe ningún cargo por cancelación.",
        ],
        [],
    ),
    (
        "Non è previsto alcun rimborso dopo il 3 maggio.",
        [
            "Dopo il 3 maggio non è previsto alcun rimborso.",
        ],
        [],
    ),
    (
        "Договор не может быть расторгнут до 2025 года.",
        [
            "До 2025 года договор не может быть расторгнут.",
        ],
        [],
    ),
    (
        "Срок составляет не более 30 дней с даты подачи.",
        [
            "Срок составляет не более 30 дней.",
        ],
        [],
    ),
    (
        "建物内でのペットの飼育は認められていない。喫煙は屋上でできる。",
        [
            "喫煙は屋上でできる。",
            "ペットの飼育は建物内では認められていません。",
        ],
        [],
    ),
    (
        "申請書は3月31日までに提出しなければならない。",
        [
            "申請書は3月31日までに提出しなければなりません。",
            "申請書は3月31日までに提出する。",
        ],
        [],
    ),
    (
        "参加者は500人を超えるかもしれない。",
        [
            "参加者は500人を超えるかもしれません。",
        ],
        [],
    ),
    (
        "该公司不仅销售汽车,还销售电池。",
        [
            "该公司销售汽车,还销售电池。",
        ],
        [],
    ),
    (
        "建筑物内不允许携带宠物,但导盲犬除外。",
        [
            "建筑物内不允许携带宠物。",
        ],
        [],
    ),
    (
        "申请人不得不在6月1日前提交材料。",
        [
            "申请人在6月1日前提交材料。",
        ],
        [],
    ),
    (
        "未成年人可以免费参观博物馆。",
        [
            "未成年人可以免费参观博物馆。",
        ],
        [],
    ),
    (
        "ค่าธรรมเนียมไม่เกิน 500 บาท ต่อปี",
        [
            "ค่าธรรมเนียมไม่เกิน 500 บาท ต่อปี",
        ],
        [],
    ),
    (
        "พนักงานมีสิทธิลาพักร้อนปีละ 10 วัน และลาป่วยได้ 30 วัน",
        [
            "พนักงานมีสิทธิลาพักร้อนปีละ 10 วัน",
            "พนักงานลาป่วยได้ 30 วัน",
        ],
        [
            "ยอดขายเพิ่มขึ้นในปีที่แล้ว 10 วัน",
            "โรงงานอยู่ที่เชียงใหม่ มีเครื่องจักร 30 เครื่อง",
        ],
    ),
    (
        "يُسْمَحُ بِدُخُولِ الحَيَوَانَاتِ إِلَى المَبْنَى.",
        [
            "يسمح بدخول الحيوانات إلى المبنى.",
        ],
        [],
    ),
    (
        "הַכֶּלֶב יָשֵׁן בַּבַּיִת.",
        [
            "הכלב ישן בבית.",
        ],
        [],
    ),
    (
        "इमारत में जानवरों की अनुमति नहीं है। पार्किंग मुफ़्त है।",
        [
            "पार्किंग मुफ़्त है।",
            "इमारत में जानवरों की अनुमति नहीं है।",
        ],
        [],
    ),
    (
        "२०२३ में बिक्री ५% बढ़ी।",
        [
            "2023 में बिक्री 5% बढ़ी।",
        ],
        [],
    ),
    (
        "Üyelik ücreti yılda 500 liradır ve iade edilmez.",
        [
            "Üyelik ücreti yılda 500 liradır.",
        ],
        [],
    ),
    (
        "Er zijn geen kosten, behalve 5 euro voor een pas.",
        [
            "Er zijn geen kosten.",
        ],
        [],
    ),
    (
        "Zwierzęta nie są dozwolone w budynku, a parking jest bezpłatny.",
        [
            "Parking jest bezpłatny.",
            "W budynku zwierzęta nie są dozwolone.",
        ],
        [],
    ),
    (
        "Hunden är nu i huset.",
        [
            "Nu är hunden i huset.",
        ],
        [],
    ),
    (
        "The plan covers not only damage but also theft.",
        [
            "The plan covers damage.",
            "The plan covers damage and also theft.",
        ],
        [],
    ),
    (
        "The report is due no later than 5 May.",
        [
            "The report is due by 5 May.",
            "The report is due on 5 May at the latest.",
        ],
        [],
    ),
    (
        "Nothing in this agreement limits liability for fraud.",
        [
            "This agreement does not limit liability for fraud.",
        ],
        [],
    ),
    (
        "The hotel has no parking, and breakfast costs 12 euros.",
        [
            "Breakfast costs 12 euros.",
            "The hotel doesn't have parking.",
        ],
        [],
    ),
    (
        "The non-profit organisation employs 30 people in Ghent.",
        [
            "The organisation employs 30 people in Ghent.",
        ],
        [],
    ),
    (
        "The device is not waterproof and weighs 200 grams.",
        [
            "The device weighs 200 grams.",
            "The device isn't waterproof.",
        ],
        [],
    ),
    (
        "Tickets cannot be refunded unless the event is cancelled.",
        [
            "Tickets cannot be refunded unless the event is cancelled.",
            "Unless the event is cancelled, tickets cannot be refunded.",
        ],
        [],
    ),
    (
        "회사는 야근 수당을 지급하지 않는다.",
        [
            "회사는 야근 수당을 지급하지 않습니다.",
            "야근 수당을 회사는 지급하지 않는다.",
        ],
        [],
    ),
    (
        "The Alpha model supports Wi-Fi 6, but the Beta model does not.",
        [
            "The Alpha model supports Wi-Fi 6.",
            "The Beta model does not support Wi-Fi 6.",
        ],
        [
            "The Beta model supports Wi-Fi 6.",
        ],
    ),
    (
        "None of the three tests succeeded.",
        [],
        [
            "All three tests succeeded.",
            "The three tests succeeded.",
        ],
    ),
    (
        "The vaccine has not been approved in Canada; it has been approved in Norway.",
        [
            "The vaccine has been approved in Norway.",
            "The vaccine has not been approved in Canada.",
        ],
        [
            "The vaccine has been approved in Canada.",
            "The vaccine has not been approved in Norway.",
        ],
    ),
    (
        "The warranty covers parts but not labour.",
        [
            "The warranty covers parts.",
            "The warranty does not cover labour.",
        ],
        [
            "The warranty covers labour.",
            "The warranty covers parts and labour.",
        ],
    ),
]
SAID = [(passage, sentence) for passage, said, _ in CASES for sentence in said]
NOT_SAID = [(passage, sentence) for passage, _, not_said in CASES for sentence in not_said]


@pytest.mark.parametrize(("passage", "sentence"), SAID)
def test_what_is_denied_in_both_or_neither_is_supported(passage: str, sentence: str) -> None:
    assert judge(sentence, passage).grade is Grade.SUPPORTED


@pytest.mark.parametrize(("passage", "sentence"), NOT_SAID)
def test_what_is_denied_in_one_alone_is_not(passage: str, sentence: str) -> None:
    assert judge(sentence, passage).grade is not Grade.SUPPORTED
