//! What a person sees and does, by the names they read: roles and labels, never classes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use thirtyfour::error::WebDriverResult;
use thirtyfour::extensions::query::ElementQueryable as _;
use thirtyfour::{By, Key, TypingData, WebDriver, WebElement};

const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(100);

/// The page on the screen.
pub struct Page {
    driver: WebDriver,
    pictures: PathBuf,
    taken: AtomicU32,
}

impl Page {
    pub fn new(driver: WebDriver, pictures: PathBuf) -> Self {
        Self {
            driver,
            pictures,
            taken: AtomicU32::new(1),
        }
    }

    /// Where it is.
    pub async fn address(&self) -> String {
        self.driver.current_url().await.unwrap().to_string()
    }

    /// Makes the window so large that the page has so many pixels, and waits until it has.
    pub async fn resize(&self, width: u32, height: u32) {
        self.driver
            .set_window_rect(0, 0, width, height)
            .await
            .unwrap();
        let until = tokio::time::Instant::now() + PATIENCE;
        let wanted = serde_json::json!([width, height]);
        while self.run("return [innerWidth, innerHeight];").await != wanted {
            assert!(tokio::time::Instant::now() < until, "it keeps its size");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Opens another page in its place.
    pub async fn go_to(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
    }

    /// Runs a script on the page and gives what it returns.
    pub async fn run(&self, script: &str) -> serde_json::Value {
        let returned = self.driver.execute(script, Vec::new()).await.unwrap();
        returned.json().clone()
    }

    /// Waits for an element by XPath.
    pub async fn find(&self, xpath: &str) -> WebElement {
        let found = self
            .driver
            .query(By::XPath(xpath))
            .wait(PATIENCE, PAUSE)
            .first()
            .await;
        match found {
            Ok(element) => element,
            Err(error) => {
                self.picture("failed").await;
                panic!("{xpath} is not on the page: {error}\n{}", self.text().await)
            }
        }
    }

    /// Clicks an element by XPath once it can be clicked: one that has just come may still be
    /// on its way in, or be drawn anew between being found and being clicked.
    pub async fn click(&self, xpath: &str) {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let Err(error) = self.click_now(xpath).await else {
                return;
            };
            if tokio::time::Instant::now() > until {
                self.picture("failed").await;
                panic!("{xpath} cannot be clicked: {error}\n{}", self.text().await);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Drivers scroll only as far as the edge of what scrolls, where half of an element may still be
    /// out of sight; a person would bring it to the middle.
    async fn click_now(&self, xpath: &str) -> WebDriverResult<()> {
        let element = self.find(xpath).await;
        // What a person cannot scroll stays where it is.
        let to_the_middle = "
            arguments[0].scrollIntoView({ block: 'center' });
            for (let each = arguments[0].parentElement; each; each = each.parentElement) {
                const fixed = /hidden|clip|visible/.test(getComputedStyle(each).overflowY);
                if (fixed) each.scrollTop = 0;
            }
            document.scrollingElement.scrollTop = 0;";
        self.driver
            .execute(to_the_middle, vec![element.to_json()?])
            .await?;
        element.click().await
    }

    /// Waits until this text can be read somewhere.
    pub async fn reads(&self, text: &str) {
        let until = tokio::time::Instant::now() + PATIENCE;
        while !self.text().await.contains(text) {
            if tokio::time::Instant::now() > until {
                self.picture("failed").await;
                panic!(
                    "`{text}` cannot be read on the page:\n{}",
                    self.text().await
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// All that can be read.
    pub async fn text(&self) -> String {
        let body = self.driver.find(By::Tag("body")).await.unwrap();
        body.text().await.unwrap_or_default()
    }

    /// Presses the button, link or option with this name.
    pub async fn press(&self, name: &str) {
        self.click(&format!(
            "//*[self::button or self::a or @role='option' or @role='menuitem' or @role='radio' \
             or @role='tab'][normalize-space()={n} or starts-with(normalize-space(), {n}) \
             or @aria-label={n}]",
            n = quoted(name)
        ))
        .await;
    }

    /// Chooses the radio button whose label holds this text.
    pub async fn choose(&self, text: &str) {
        self.click(&format!(
            "//label[contains(normalize-space(), {})]//input",
            quoted(text)
        ))
        .await;
    }

    /// Writes into the field with this label, instead of what is there.
    pub async fn fill(&self, label: &str, text: &str) {
        let l = quoted(label);
        let xpath = format!(
            "//input[@aria-label={l} or @id=//label[normalize-space()={l}]/@for] | \
             //textarea[@aria-label={l} or @id=//label[normalize-space()={l}]/@for] | \
             //label[starts-with(normalize-space(), {l})]//input"
        );
        self.click(&xpath).await;
        let field = self.find(&xpath).await;
        field.send_keys(Key::Control + "a").await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Picks an option of the select with this label. `within` is the XPath of what holds it, where
    /// there is more than one.
    pub async fn pick(&self, within: &str, label: &str, option: &str) {
        let select = format!(
            "{within}//*[@role='combobox' and @id=//label[normalize-space()={}]/@for]",
            quoted(label)
        );
        self.click(&select).await;
        self.click(&format!(
            "//*[@role='option'][starts-with(normalize-space(), {})]",
            quoted(option)
        ))
        .await;
        self.find(&format!(
            "{select}[@aria-expanded='false' and contains(., {})]",
            quoted(option)
        ))
        .await;
    }

    /// Turns the switch with this label.
    pub async fn switch(&self, label: &str) {
        self.click(&format!(
            "//input[@role='switch' and @id=//label[normalize-space()={}]/@for]",
            quoted(label)
        ))
        .await;
    }

    /// Types with nothing in particular in focus.
    pub async fn type_keys(&self, keys: impl Into<TypingData>) {
        self.driver
            .active_element()
            .await
            .unwrap()
            .send_keys(keys)
            .await
            .unwrap();
    }

    /// Takes away messages that stand before the rest.
    pub async fn dismiss_messages(&self) {
        let buttons = By::XPath("//button[@aria-label='Dismiss']");
        for button in self.driver.find_all(buttons).await.unwrap() {
            // One may leave by itself meanwhile.
            let _ = button.click().await;
        }
    }

    /// Keeps a picture of what can be seen.
    pub async fn picture(&self, name: &str) {
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        let path = self.pictures.join(format!("{number:02}-{name}.png"));
        // WebKit takes its picture with the next frame, and a page at rest has none.
        let stir = "
            let frames = 0;
            const stir = () => {
                document.body.style.opacity = frames % 2 ? '1' : '0.999';
                if (++frames < 200) requestAnimationFrame(stir);
                else document.body.style.removeProperty('opacity');
            };
            requestAnimationFrame(stir);";
        self.driver.execute(stir, Vec::new()).await.unwrap();
        self.driver.screenshot(&path).await.unwrap();
    }

    /// Keeps a picture in the light and one in the dark.
    pub async fn picture_in_both_themes(&self, name: &str) {
        for theme in ["light", "dark"] {
            self.run(&format!(
                "document.documentElement.dataset.theme = '{theme}'"
            ))
            .await;
            self.picture(&format!("{name}-{theme}")).await;
        }
        self.run("document.documentElement.dataset.theme = 'light'")
            .await;
    }

    /// The page as it stands, elements and all.
    pub async fn source(&self) -> String {
        self.driver.source().await.unwrap()
    }

    /// Looks for violations of WCAG 2.2 AA with axe.
    pub async fn is_accessible(&self) {
        let axe = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../ui/node_modules/axe-core/axe.min.js"
        );
        let axe = std::fs::read_to_string(axe).expect("`npm ci` has put axe there");
        self.driver.execute(axe, Vec::new()).await.unwrap();
        let script = "
            const done = arguments[arguments.length - 1];
            const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
            axe.run(document, { runOnly: tags }).then(
                (found) => done(found.violations.map((v) =>
                    v.id + ': ' + v.nodes.map((n) => n.html).join(' | '))),
                (error) => done([String(error)]));";
        let found = self.driver.execute_async(script, Vec::new()).await.unwrap();
        assert_eq!(found.json(), &serde_json::json!([]), "axe finds violations");
    }
}

/// A string in XPath, which has no escapes.
fn quoted(text: &str) -> String {
    match text.contains('\'') {
        false => format!("'{text}'"),
        true => format!("\"{text}\""),
    }
}
